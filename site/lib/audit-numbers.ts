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

type Template = 'short' | 'long' | 'plain';

const recounted = (
  rule: 'author' | 'token',
  quantity: string,
  template: Template,
  { fromEnd = null as number | null, heat = '= 0.8', topic = 'IS NULL' } = {},
): string => `
  SELECT mean, ci_low, ci_high FROM original_audit WHERE quantity = '${quantity}' AND rule = '${rule}'
  AND template = '${template}' AND topic ${topic} AND temperature ${heat}
  AND items_from_end IS NOT DISTINCT FROM ${fromEnd === null ? 'NULL' : fromEnd}`;

const both = (...of: Parameters<typeof recounted> extends [unknown, ...infer R] ? R : never) => ({
  author: recounted('author', ...of),
  token: recounted('token', ...of),
});

const explored = (
  metric: string,
  template: Template,
  fromEnd: number | null = null,
  heat = '(FROM main_temperature)',
): string => `
  SELECT mean, ci_low, ci_high FROM exploration WHERE metric = '${metric}' AND template = '${template}' AND topic IS NULL
  AND items_from_end IS NOT DISTINCT FROM ${fromEnd === null ? 'NULL' : fromEnd} AND temperature = ${heat}`;

const whole = (sql: string): string => `SELECT ${sql} AS mean, NULL AS ci_low, NULL AS ci_high`;

const capped = (template: Template): string =>
  `SELECT 1 - n_ended / n_lists FROM original_files WHERE apart IS NULL AND temperature = 0.8 AND template = '${template}'`;

const ofFile = (column: string, template: Template): string =>
  `(SELECT ${column} FROM original_files WHERE apart IS NULL AND temperature = 0.8 AND template = '${template}')`;

/** Lists of so many items among template 1's. */
const ofLength = (n: number): string =>
  `(SELECT sum(n_lists)::INTEGER FROM original_item_counts WHERE template = 'short' AND temperature = 0.8 AND n_items = ${n})`;

const published = (template: Template): string =>
  `(SELECT items::VARCHAR FROM published_items_by_template WHERE template = '${template}')`;

const SAMPLING = 'Data';
const LISTS = 'Exploratory analysis';
const ENTROPY = 'Entropy analysis';
const LENS = 'First approximations';
const ABLATION = 'Causal ablation';

const entropy = (under: string, template: Template, where: string): string => `
  SELECT mean, ci_low, ci_high FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = 'item'
  AND condition = '${under}' AND template = '${template}' AND ${where}`;

const NOT_RELEASED = `'no probabilities were released'`;

/** Every number of the write-up, and every statement that is about one, in its order. */
export const AUDIT_NUMBERS: readonly AuditNumber[] = [
  {
    section: SAMPLING,
    quantity: 'topics',
    reported: `'23'`,
    digits: 0,
    token: whole(ofFile('n_topics', 'short')),
    study: whole('(SELECT count(DISTINCT topic) FROM main_lists)'),
    cause: `printf('of template 3 only %d topics were released', ${ofFile('n_topics', 'plain')})`,
  },
  {
    section: SAMPLING,
    quantity: 'lists a topic',
    reported: `'5'`,
    digits: 0,
    token: whole(ofFile('n_lists / n_topics', 'short')),
    study: whole(
      `(SELECT count(*) / count(DISTINCT topic) FROM main_lists WHERE template = 'short')`,
    ),
    cause: `printf('%d lists of %d topics', ${ofFile('n_lists', 'short')}, ${ofFile('n_topics', 'short')})`,
  },
  {
    section: SAMPLING,
    quantity: 'temperature',
    reported: `'0.8'`,
    digits: 1,
    study: whole('(SELECT temperature FROM main_temperature)'),
    cause: `'token ids do not show it'`,
  },
  {
    section: SAMPLING,
    quantity: '“top-k”',
    reported: `'0.9'`,
    digits: 1,
    cause: `'a top-k counts tokens, and 0.9 of one is none; the code has top-p 0.8, and token ids do not show it'`,
  },
  {
    section: SAMPLING,
    quantity: 'prompts that read “Provide me a with …”',
    reported: `'all'`,
    digits: -1,
    token: whole(`(SELECT 1 - sum(n_prompt_as_said) / sum(n_lists) FROM original_files)`),
    cause: `(SELECT printf('%d of %d begin “Provide me with a”', sum(n_prompt_as_said)::INTEGER, sum(n_lists)::INTEGER) FROM original_files)`,
  },
  {
    section: LISTS,
    quantity: 'items of one token, template 1',
    reported: `'most'`,
    digits: -1,
    ...both('single_token', 'short'),
    capped: capped('short'),
    study: whole(
      `(SELECT avg((i.n_tokens = 1)::INTEGER) FROM items i JOIN main_lists l USING (sample_id) WHERE template = 'short')`,
    ),
    cause: `(SELECT printf('in %d of %d topics fewer than half of the items are', count(*) FILTER (mean < 0.5), count(*))
      FROM original_audit WHERE quantity = 'single_token' AND rule = 'token' AND template = 'short' AND temperature = 0.8 AND topic IS NOT NULL)`,
  },
  {
    section: LISTS,
    quantity: 'tokens an item, hyphen and line break among them',
    reported: `'1 + 1 + 1'`,
    digits: 2,
    author: recounted('author', 'tokens_per_item', 'short'),
    token: `SELECT mean + 2 AS mean, ci_low + 2 AS ci_low, ci_high + 2 AS ci_high FROM (${recounted('token', 'tokens_per_item', 'short')})`,
    capped: capped('short'),
    study: `SELECT mean + 2 AS mean, ci_low + 2 AS ci_low, ci_high + 2 AS ci_high FROM (${explored('n_tokens', 'short')})`,
    cause: `(SELECT printf('%.2f of the name, 1 hyphen, 1 line break; the rest of the author’s %.2f is blanks and hyphens in names', t.mean, a.mean)
      FROM (${recounted('token', 'tokens_per_item', 'short')}) t, (${recounted('author', 'tokens_per_item', 'short')}) a)`,
  },
  ...[0, 1, 2, 3].map(
    (fromEnd): AuditNumber => ({
      section: LISTS,
      quantity: `blank after ${['the last item', 'the one before', 'the third from the end', 'the fourth'][fromEnd]}, template 1`,
      reported: fromEnd === 0 ? `'all topics'` : `'some topics'`,
      digits: -1,
      ...both('blank', 'short', { fromEnd }),
      capped: capped('short'),
      study: explored('blank_after', 'short', fromEnd),
      cause: `'the author looks for one token anywhere in an item; by token, any spaces at its end'`,
    }),
  ),
  ...['0.1', '0.5', '0.7', '0.9', '1.3'].map(
    (heat): AuditNumber => ({
      section: LISTS,
      quantity: `blank after the last item at temperature ${heat}`,
      reported: 'NULL',
      digits: -1,
      ...both('blank', 'short', { fromEnd: 0, heat: `= ${heat}` }),
      capped: `SELECT 1 - n_ended / n_lists FROM original_files WHERE template = 'short' AND apart IS NULL AND temperature = ${heat}`,
      study: explored('blank_after', 'short', 0, heat),
      cause: `'drawn in the write-up, without a number'`,
    }),
  ),
  {
    section: LISTS,
    quantity: 'lists with a blank on the last item alone, of those with any',
    reported: `'most'`,
    digits: -1,
    ...both('only_last_blank', 'short'),
    capped: capped('short'),
    cause: `(SELECT printf('a list has %.1f blanks on average', mean) FROM (${recounted('token', 'items_with_blank', 'short')}))`,
  },
  {
    section: LISTS,
    quantity: 'items with a blank, a list',
    reported: `'consistent over topics'`,
    digits: 2,
    ...both('items_with_blank', 'short'),
    capped: capped('short'),
    cause: `(SELECT printf('chance taken off, %.0f %% [%.0f, %.0f] of the variance lies between topics', 100 * mean, 100 * ci_low, 100 * ci_high)
      FROM (${recounted('token', 'between_topics_blanks', 'short')}))`,
  },
  {
    section: LISTS,
    quantity: 'share of the variance in items that lies between topics',
    reported: `'very similar'`,
    digits: -1,
    ...both('between_topics_items', 'short'),
    capped: capped('short'),
    cause: `(SELECT printf('topics’ means run from %.1f to %.1f', min(mean), max(mean)) FROM original_audit
      WHERE quantity = 'items' AND rule = 'token' AND template = 'short' AND temperature = 0.8 AND topic IS NOT NULL)`,
  },
  {
    section: LISTS,
    quantity: 'rank correlation of temperature and items with a blank',
    reported: `'a correlation'`,
    digits: 2,
    ...both('temperature_blanks', 'short', { heat: 'IS NULL' }),
    cause: `(SELECT printf('%d lists at six temperatures; the interval %s', n, CASE WHEN ci_low <= 0 AND ci_high >= 0 THEN 'holds 0' ELSE 'leaves out 0' END) FROM original_audit WHERE quantity = 'temperature_blanks' AND rule = 'token')`,
  },
  {
    section: LISTS,
    quantity: 'items, template 1 (short)',
    reported: published('short'),
    digits: 1,
    ...both('items', 'short'),
    capped: capped('short'),
    study: explored('n_items', 'short'),
    cause: `printf('%d lists of 5 items, %d of 10, %d of other lengths; %d lists count a hyphen in a name', ${ofLength(5)}, ${ofLength(10)},
      ${ofFile('n_lists', 'short')} - ${ofLength(5)} - ${ofLength(10)}, (SELECT count(*) FROM original_lists WHERE n_hyphens <> n_items))`,
  },
  {
    section: LISTS,
    quantity: 'items, template 2 (long)',
    reported: published('long'),
    digits: 1,
    ...both('items', 'long'),
    capped: capped('long'),
    study: explored('n_items', 'long'),
    cause: `printf('%d of %d lists were cut: what is found is a lower bound', ${ofFile('n_lists - n_ended', 'long')}, ${ofFile('n_lists', 'long')})`,
  },
  {
    section: LISTS,
    quantity: 'items, template 3 (plain; printed as “Template 1”)',
    reported: published('plain'),
    digits: 1,
    ...both('items', 'plain'),
    capped: capped('plain'),
    study: explored('n_items', 'plain'),
    cause: `printf('%d of %d lists were cut, of %d topics: what is found is a lower bound', ${ofFile('n_lists - n_ended', 'plain')}, ${ofFile('n_lists', 'plain')}, ${ofFile('n_topics', 'plain')})`,
  },
  {
    section: LISTS,
    quantity: 'blank after the last item, template 2',
    reported: `'no abundance'`,
    digits: -1,
    ...both('blank', 'long', { fromEnd: 0 }),
    capped: capped('long'),
    study: explored('blank_after', 'long', 0),
    cause: `printf('the author’s last item is the last written; of the %d lists that ended, it is as counted by token', ${ofFile('n_ended', 'long')})`,
  },
  {
    section: LISTS,
    quantity: 'lists with a repeated item, template 1',
    reported: 'NULL',
    digits: -1,
    ...both('repeats', 'short'),
    capped: capped('short'),
    study: explored('has_repeat', 'short'),
    cause: `'by lines as spelt, a blank makes another name of the same'`,
  },
  {
    section: LISTS,
    quantity: 'Shannon index of a list, template 1',
    reported: `(SELECT printf('%.3f', avg(shannon)) FROM published_items_by_list)`,
    digits: 3,
    ...both('shannon_index', 'short'),
    capped: capped('short'),
    cause: `(SELECT printf('%d of %d published indices are those of the lines as spelt', count(*) FILTER (round(l.shannon_lines, 6) = p.shannon), count(*))
      FROM published_items_by_list p JOIN original_lists l USING (topic, replicate))`,
  },
  {
    section: ENTROPY,
    quantity: 'rise to the last item, short, clean (nats)',
    reported: `'gradual, slight'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('clean', 'short', 'items_from_end = 0')}) l, (${entropy('clean', 'short', 'item_index = 0')}) f`,
    cause: NOT_RELEASED,
  },
  {
    section: ENTROPY,
    quantity: 'rise at the last item, short, corrupted (nats)',
    reported: `'only there'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('corrupted', 'short', 'items_from_end = 0')}) l, (${entropy('corrupted', 'short', 'items_from_end = 1')}) f`,
    cause: `(SELECT printf('in %.0f %% of lists the author’s last reading is at an item, before its blank, and all others at a newline', 100 * mean)
      FROM (${recounted('token', 'blank', 'short', { fromEnd: 0 })}))`,
  },
  {
    section: ENTROPY,
    quantity: 'rise to the last item, long, clean (nats)',
    reported: `'gradual'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('clean', 'long', 'items_from_end = 0')}) l, (${entropy('clean', 'long', 'item_index = 0')}) f`,
    cause: `(SELECT printf('%d of %d figures of template 2 show the condition that their heading names', count(*) FILTER (file LIKE '%-' || heading || '.png'), count(*)) FROM published_entropy_figures WHERE template = 'long')`,
  },
  {
    section: ENTROPY,
    quantity: 'rise at the last item, long, corrupted (nats)',
    reported: `'a spike'`,
    digits: 2,
    study: `SELECT l.mean - f.mean AS mean, NULL AS ci_low, NULL AS ci_high FROM (${entropy('corrupted', 'long', 'items_from_end = 0')}) l, (${entropy('corrupted', 'long', 'items_from_end = 1')}) f`,
    cause: NOT_RELEASED,
  },
  {
    section: LENS,
    quantity: 'first item at which a blank is over a newline',
    reported: `'the 5th'`,
    digits: 0,
    study: whole(
      `(SELECT min(item_index) + 1 FROM logit_lens_summary, n_layers AS d(depth) WHERE component IS NULL AND proxy = 'blank_newline' AND template = 'short' AND layer = depth - 1 AND mean > 0)`,
    ),
    cause: `'no logits were released'`,
  },
  {
    section: ABLATION,
    quantity: 'features zeroed',
    reported: `'5'`,
    digits: 0,
    study: whole('(SELECT main_k FROM ablation_k)'),
    cause: `'the code has 10; what was zeroed in which list was not released'`,
  },
  {
    section: ABLATION,
    quantity: 'lists that end shorter than their baseline',
    reported: 'NULL',
    digits: -1,
    token: whole('(SELECT sum(n_shorter) / sum(n) FROM original_ablation_counts)'),
    capped: 'SELECT sum(n_capped) / sum(n) FROM original_ablation_counts',
    cause: `(SELECT printf('%d of %d lists keep the last item’s hyphen, and cannot; the others go on from an item earlier', sum(n_kept_prefix)::INTEGER, sum(n)::INTEGER) FROM original_ablation_counts)`,
  },
  {
    section: ABLATION,
    quantity: 'lists that begin to repeat themselves',
    reported: `'loops'`,
    digits: -1,
    token: whole('(SELECT sum(n_looped) / sum(n) FROM original_ablation_counts)'),
    capped: 'SELECT sum(n_capped) / sum(n) FROM original_ablation_counts',
    cause: `(SELECT printf('%d of the %d are of res_0, of whose lists the limit cut %.0f %%', max(looped) FILTER (sae_id = 'res_0')::INTEGER, sum(looped)::INTEGER, 100 * max(cut) FILTER (sae_id = 'res_0'))
      FROM (SELECT sae_id, sum(n_looped) AS looped, sum(n_capped) / sum(n) AS cut FROM original_ablation_counts GROUP BY sae_id))`,
  },
];
