import { type Claim, NUMBER } from './claim.ts';

const digits = (table: string, quantity: string): string => `
  SELECT * FROM audit_digits WHERE published_table = '${table}' AND quantity = '${quantity}'`;

const DIGITS = {
  value: `printf('%d of %d are the mean, %d (sum of the differences + their variance) / (n + 1)', plain, figures, folded)`,
  holds: 'plain = figures',
  holdsInPart: 'plain > 0',
} as const;

/** Lists with features zeroed in the write-up's way: kept up to the last item, the rest written again. */
const CONTINUED = `protocol = 'continue' AND arm = 'ablated'`;

const ABLATION = 'Causal ablation';

/** What it says of zeroing them. */
export const ABLATION_CLAIMS: readonly Claim[] = [
  {
    id: 'five-features',
    section: ABLATION,
    claim: 'Five features were zeroed at once.',
    test: 'None: what was zeroed in which list was not released',
    from: 'SELECT NULL',
    value: `'the author’s code takes ten'`,
  },
  {
    id: 'table-sae-items',
    section: ABLATION,
    claim: 'The table by SAE prints mean differences in items.',
    test: 'Figures that are the mean of the differences, to every digit. It holds where all are, in part where any is',
    from: digits('by SAE', 'items'),
    ...DIGITS,
  },
  {
    id: 'table-sae-diversity',
    section: ABLATION,
    claim: 'The table by SAE prints mean differences in diversity.',
    test: 'The same of the Shannon index',
    from: digits('by SAE', 'diversity'),
    ...DIGITS,
  },
  {
    id: 'table-topic-items',
    section: ABLATION,
    claim: 'The table by topic prints mean differences in items.',
    test: 'Figures that are the mean of the differences, to every digit. It holds where all are, in part where any is',
    from: digits('by topic', 'items'),
    ...DIGITS,
  },
  {
    id: 'table-topic-diversity',
    section: ABLATION,
    claim: 'The table by topic prints mean differences in diversity.',
    test: 'The same of the Shannon index',
    from: digits('by topic', 'diversity'),
    ...DIGITS,
  },
  {
    id: 'table-variances',
    section: ABLATION,
    claim: 'Both tables print variances of the differences, by the author’s counting.',
    test: 'Figures that are means of the five lists’ variances, to every digit. It holds where all are',
    from: 'SELECT sum(variances)::INTEGER AS same, sum(figures)::INTEGER AS n FROM audit_digits',
    value: `printf('%d of %d', same, n)`,
    holds: 'same = n',
  },
  {
    id: 'longer',
    section: ABLATION,
    claim: 'Zeroing the features makes lists longer.',
    needsRun: true,
    test: 'Difference in items with the whole list written again, for the SAE with the largest. It holds where its interval lies above what other noise alone gives',
    from: `SELECT sae_id, mean, ci_low, ci_high, null_high, (SELECT sum(n_shorter) FROM original_ablation_counts)::INTEGER AS shorter, (SELECT sum(n) FROM original_ablation_counts)::INTEGER AS n
      FROM ablation_on_items WHERE protocol = 'from-prompt' ORDER BY mean DESC LIMIT 1`,
    value: `printf('%s: ', sae_id) || ${NUMBER} || printf('; by chance up to %.2f', null_high)`,
    holds: 'ci_low > null_high',
    holdsInPart: 'mean > null_high',
  },
  {
    id: 'strongest',
    section: ABLATION,
    claim: 'The residual stream’s first layer has the largest effect.',
    test: 'Mean differences in items by token. It holds where the interval of res_0 lies above all others, in part where its mean does',
    from: `SELECT max(items_token) FILTER (sae_id = 'res_0') AS mean, max(items_low) FILTER (sae_id = 'res_0') AS ci_low, max(items_high) FILTER (sae_id = 'res_0') AS ci_high,
      max(items_token) FILTER (sae_id <> 'res_0') AS next, max(items_high) FILTER (sae_id <> 'res_0') AS next_high, max(n_capped / n) FILTER (sae_id = 'res_0') AS cut FROM audit_by_sae`,
    inStudies: {
      from: `SELECT max(mean) FILTER (sae_id = 'res_0') AS mean, max(ci_low) FILTER (sae_id = 'res_0') AS ci_low, max(ci_high) FILTER (sae_id = 'res_0') AS ci_high,
        max(mean) FILTER (sae_id <> 'res_0') AS next, max(ci_high) FILTER (sae_id <> 'res_0') AS next_high,
        (SELECT avg((NOT ended)::INTEGER) FROM ablations, ablation_k WHERE ${CONTINUED} AND sae_id = 'res_0' AND k = main_k) AS cut
        FROM ablation_on_items WHERE protocol = 'continue'`,
    },
    value: `${NUMBER} || printf(', the next %.2f; the limit cut %.0f %% of its lists', next, 100 * cut)`,
    holds: 'ci_low > next_high',
    holdsInPart: 'mean > next',
  },
  {
    id: 'residual-attention',
    section: ABLATION,
    claim: 'The residual stream’s SAEs have larger effects than the attention’s.',
    test: 'Mean differences in items by token. It holds where every interval of the first lies above every one of the second, in part where every mean does',
    from: `SELECT min(items_token) FILTER (sae_id LIKE 'res%') AS res, min(items_low) FILTER (sae_id LIKE 'res%') AS res_low,
      max(items_token) FILTER (sae_id LIKE 'att%') AS att, max(items_high) FILTER (sae_id LIKE 'att%') AS att_high FROM audit_by_sae`,
    inStudies: {
      from: `SELECT min(mean) FILTER (sae_id LIKE 'res%') AS res, min(ci_low) FILTER (sae_id LIKE 'res%') AS res_low,
        max(mean) FILTER (sae_id LIKE 'att%') AS att, max(ci_high) FILTER (sae_id LIKE 'att%') AS att_high
        FROM ablation_on_items WHERE protocol = 'continue'`,
    },
    value: `printf('the least of the residual stream %.2f, from %.2f; the most of the attention %.2f, to %.2f', res, res_low, att, att_high)`,
    holds: 'res_low > att_high',
    holdsInPart: 'res > att',
  },
  {
    id: 'diversity',
    section: ABLATION,
    claim: 'Ablated lists are more diverse.',
    test: 'Mean differences in the Shannon index of a list, by SAE. It holds where every interval lies above 0, in part where any does',
    from: `SELECT count(*) AS n, count(*) FILTER (shannon_low > 0) AS above, min(shannon_token) AS low, max(shannon_token) AS high FROM audit_by_sae`,
    inStudies: {
      from: `SELECT nullif(count(*), 0) AS n, count(*) FILTER (ci_low > 0) AS above, min(mean) AS low, max(mean) AS high FROM ablation_differences
        WHERE metric = 'shannon_index' AND topic IS NULL AND ${CONTINUED} AND k = main_k`,
    },
    value: `printf('above 0 for %d of %d SAEs, %.2f to %.2f nats; a longer list without repeats is more diverse by its length alone', above, n, low, high)`,
    holds: 'above = n',
    holdsInPart: 'above > 0',
  },
  {
    id: 'loops',
    section: ABLATION,
    claim: 'Ablation makes the model repeat items in loops.',
    test: 'Share of lists that name an item twice while their baseline does not. It holds where that is more than half for some SAE, in part where it is more than a tenth for some',
    from: `SELECT max(looped) AS most, arg_max(sae_id, looped) AS sae_id, sum(n_looped)::INTEGER AS lists, sum(n)::INTEGER AS n
      FROM (SELECT sae_id, n_looped / n AS looped, n_looped, n FROM audit_by_sae)`,
    inStudies: {
      from: `SELECT max(looped) AS most, arg_max(sae_id, looped) AS sae_id, sum(n_looped)::INTEGER AS lists, sum(n)::INTEGER AS n
        FROM (SELECT sae_id, avg(looped) AS looped, sum(looped) AS n_looped, count(*) AS n
          FROM (SELECT a.sae_id, (a.n_repeats > 0 AND b.n_repeats = 0)::INTEGER AS looped
            FROM (FROM ablations, ablation_k WHERE ${CONTINUED} AND k = main_k AND draw IS NULL) a
            JOIN (FROM ablations WHERE protocol = 'continue' AND arm = 'baseline') b USING (sample_id)) GROUP BY sae_id)`,
    },
    value: `printf('%d of %d lists; most with %s, %.0f %%', lists, n, sae_id, 100 * most)`,
    holds: 'most > 0.5',
    holdsInPart: 'most > 0.1',
  },
];
