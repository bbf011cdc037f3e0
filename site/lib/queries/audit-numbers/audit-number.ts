import type { Rule } from '../../../../pipeline/schema/released/audit.ts';
import type { TemplateName } from '../../../../pipeline/schema/templates.ts';

/** One number of the write-up, and the SQL of what stands beside it. Of one, `mean`, `ci_low` and `ci_high`. */
export interface AuditNumber {
  readonly section: string;
  readonly quantity: string;
  /** The number as printed, or the words; a text in SQL. */
  readonly reported: string;
  /** Digits after the point; −1 for a share in percent. */
  readonly digits: number;
  /** By the author's way of counting, from the released data. */
  readonly author?: string;
  /** Counted by token, from the released data. */
  readonly token?: string;
  /** The share of the lists behind it that the limit on tokens cut. */
  readonly capped?: string;
  /** From the study whose page this is. */
  readonly study?: string;
  /** What the difference comes from: a count or a formula, computed. */
  readonly cause: string;
}

export const recounted = (
  rule: Rule,
  quantity: string,
  template: TemplateName,
  { fromEnd = null as number | null, heat = '= 0.8', topic = 'IS NULL' } = {},
): string => `
  SELECT mean, ci_low, ci_high FROM original_audit WHERE quantity = '${quantity}' AND rule = '${rule}'
  AND template = '${template}' AND topic ${topic} AND temperature ${heat}
  AND items_from_end IS NOT DISTINCT FROM ${fromEnd === null ? 'NULL' : fromEnd}`;

export const both = (
  ...of: Parameters<typeof recounted> extends [unknown, ...infer R] ? R : never
) => ({
  author: recounted('author', ...of),
  token: recounted('token', ...of),
});

export const explored = (
  metric: string,
  template: TemplateName,
  fromEnd: number | null = null,
  heat = '(FROM main_temperature)',
): string => `
  SELECT mean, ci_low, ci_high FROM exploration WHERE metric = '${metric}' AND finding <> 'loops' AND template = '${template}' AND topic IS NULL
  AND items_from_end IS NOT DISTINCT FROM ${fromEnd === null ? 'NULL' : fromEnd} AND temperature = ${heat}`;

export const whole = (sql: string): string =>
  `SELECT ${sql} AS mean, NULL AS ci_low, NULL AS ci_high`;

export const capped = (template: TemplateName): string =>
  `SELECT 1 - n_ended / n_lists FROM original_files WHERE apart IS NULL AND temperature = 0.8 AND template = '${template}'`;

export const ofFile = (column: string, template: TemplateName): string =>
  `(SELECT ${column} FROM original_files WHERE apart IS NULL AND temperature = 0.8 AND template = '${template}')`;

/** Lists of so many items among template 1's. */
export const ofLength = (n: number): string =>
  `(SELECT sum(n_lists)::INTEGER FROM original_item_counts WHERE template = 'short' AND temperature = 0.8 AND n_items = ${n})`;

export const published = (template: TemplateName): string =>
  `(SELECT items::VARCHAR FROM published_items_by_template WHERE template = '${template}')`;
