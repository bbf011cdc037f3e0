import { ABLATION_NUMBERS } from './audit-numbers/ablation.ts';
import type { AuditNumber } from './audit-numbers/audit-number.ts';
import { ENTROPY_NUMBERS } from './audit-numbers/entropy.ts';
import { LIST_NUMBERS } from './audit-numbers/lists.ts';
import { quote } from './sql.ts';

/** Values for queries: scalar macros by their signature. */
export const AUDIT_FUNCTIONS: Readonly<Record<string, string>> = {
  /** A number to so many digits; a share in percent where there are −1. */
  'digits_of(x, digits)': `
    replace(CASE WHEN digits < 0 THEN printf('%.0f %%', 100 * x::DOUBLE) ELSE printf('%.' || digits || 'f', x::DOUBLE) END, '-', '−')`,
  /** `8.4 [7.6, 9.1]` */
  'with_interval(mean, low, high, digits)': `
    digits_of(mean, digits) || coalesce(' [' || replace(digits_of(low, digits), ' %', '') || ', ' || replace(digits_of(high, digits), ' %', '') || ']', '')`,
};

/** One mean with its interval, for a sentence: table macros by their signature. */
export const AUDIT_MACROS: Readonly<Record<string, string>> = {
  /** A quantity of the released lists; at the main temperature, unless another is given. */
  'recounted(what, by_rule, of_template, from_end := NULL, heat := 0.8)': `
    FROM original_audit WHERE quantity = what AND rule = by_rule AND template = of_template AND topic IS NULL
    AND items_from_end IS NOT DISTINCT FROM from_end AND temperature = heat`,
};

/** Every number of the write-up, and every statement that is about one, in its order. */
const AUDIT_NUMBERS = [...LIST_NUMBERS, ...ENTROPY_NUMBERS, ...ABLATION_NUMBERS];

export const AUDIT_VIEWS: Readonly<Record<string, string>> = {
  /** The author's tables of ablation effects, with what each figure is made of. */
  audit_by_sae: byGroup('sae_id', 'published_ablation_by_sae', 'e.topic IS NULL'),
  audit_by_topic: byGroup('topic', 'published_ablation_by_topic', 'e.sae_id IS NULL'),
  /** Every figure of both tables, and which of the two rules gives it to all six digits printed. */
  audit_digits: ['sae', 'topic']
    .flatMap((group) =>
      ['items', 'shannon'].map(
        (what) => `
    SELECT ${quote(`by ${group === 'sae' ? 'SAE' : group}`)} AS published_table, ${quote(what === 'items' ? 'items' : 'diversity')} AS quantity,
      count(*) AS figures, count(*) FILTER (round(${what}_folded, 6) = ${what}_published) AS folded,
      count(*) FILTER (round(${what}_mean, 6) = ${what}_published) AS plain,
      count(*) FILTER (round(${what}_variance, 6) = ${what}_published_variance) AS variances
    FROM audit_by_${group}`,
      ),
    )
    .join(' UNION ALL '),
  /** Every number of the write-up beside what is found. */
  audit_numbers: `SELECT * FROM (${AUDIT_NUMBERS.map(numberRow).join(' UNION ALL ')}) ORDER BY place`,
  /** The main temperature's lists of the released data, by template, and how many the limit cut. */
  original_main: `
    FROM original_files WHERE apart IS NULL AND temperature = 0.8`,
};

/** Means over the groups that the author's table prints: of what it printed, and of the differences. */
function byGroup(key: 'sae_id' | 'topic', table: string, whole: string): string {
  return `
    SELECT p.${key}, p.items_mean AS items_published, p.items_variance AS items_published_variance,
      p.shannon_mean AS shannon_published, p.shannon_variance AS shannon_published_variance, c.* EXCLUDE (${key}),
      i.mean AS items_token, i.ci_low AS items_low, i.ci_high AS items_high,
      s.mean AS shannon_token, s.ci_low AS shannon_low, s.ci_high AS shannon_high
    FROM ${table} p
    JOIN (SELECT ${key}, sum(n) AS n, sum(n_capped) AS n_capped, sum(n_shorter) AS n_shorter, sum(n_looped) AS n_looped,
        avg(hyphens_folded) AS items_folded, avg(hyphens_sum / n) AS items_mean, avg(hyphens_variance) AS items_variance,
        avg(lines_shannon_folded) AS shannon_folded, avg(lines_shannon_sum / n) AS shannon_mean,
        avg(lines_shannon_variance) AS shannon_variance
      FROM original_ablation_counts GROUP BY ${key}) c USING (${key})
    JOIN original_ablation_effects i ON i.${key} = p.${key} AND ${whole.replace('e.', 'i.')} AND i.metric = 'n_items'
    JOIN original_ablation_effects s ON s.${key} = p.${key} AND ${whole.replace('e.', 's.')} AND s.metric = 'shannon_index'`;
}

function numberRow(row: AuditNumber, place: number): string {
  const shown = (from: string | undefined) =>
    from === undefined
      ? 'NULL::VARCHAR'
      : `(SELECT with_interval(mean, ci_low, ci_high, ${row.digits}) FROM (${from}))`;
  return `
    SELECT ${place} AS place, ${quote(row.section)} AS section, ${quote(row.quantity)} AS quantity,
      ${row.reported} AS reported, ${shown(row.author)} AS author, ${shown(row.token)} AS token,
      ${row.capped === undefined ? 'NULL::VARCHAR' : `(SELECT digits_of(x, -1) FROM (${row.capped}) t(x))`} AS capped,
      ${shown(row.study)} AS study, ${row.cause} AS cause`;
}
