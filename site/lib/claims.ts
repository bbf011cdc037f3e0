import { quote } from './sql.ts';

/** One claim of the write-up. What is said of it follows from a row of numbers and a rule; nothing of it is typed. */
interface Claim {
  readonly id: string;
  /** Section of the write-up. */
  readonly section: string;
  /** In this report's words. */
  readonly claim: string;
  /** Of a claim that only a run of the model itself can decide: not the released data, nor the miniature. */
  readonly needsRun?: boolean;
  /** The rule, in words: what is measured, and when the claim holds. */
  readonly test: string;
  /** One row of numbers; `FROM` may be left out where the claim cannot be decided. */
  readonly from: string;
  /** What was found, as a text. */
  readonly value: string;
  /** Conditions over the row; a claim without them cannot be decided here. */
  readonly holds?: string;
  readonly holdsInPart?: string;
}

const audited = (quantity: string, where = ''): string => `
  SELECT mean, ci_low, ci_high, n FROM original_audit
  WHERE quantity = '${quantity}' AND rule = 'token' AND template = 'short' AND topic IS NULL AND items_from_end IS NULL
  ${where || 'AND temperature = 0.8'}`;

const byTopic = (quantity: string, where = ''): string => `
  SELECT topic, mean FROM original_audit WHERE quantity = '${quantity}' AND rule = 'token' AND template = 'short'
  AND temperature = 0.8 AND topic IS NOT NULL ${where}`;

const SHARE = `with_interval(mean, ci_low, ci_high, -1)`;
const NUMBER = `with_interval(mean, ci_low, ci_high, 2)`;

/** Items of one template by token, with what the write-up prints and how many lists were cut. */
const length = (template: string): string => `
  SELECT a.mean, ci_low, ci_high, p.items, f.n_lists - n_ended AS n_cut, n_lists
  FROM original_audit a JOIN published_items_by_template p USING (template) JOIN original_main f USING (template)
  WHERE quantity = 'items' AND rule = 'token' AND template = '${template}' AND a.temperature = 0.8 AND topic IS NULL`;

const LENGTH = {
  test: 'The mean number of items by token. It holds where the printed number lies within the 95 % interval',
  value: `with_interval(mean, ci_low, ci_high, 1) || printf(', printed %d; %d of %d lists cut', items, n_cut, n_lists)`,
  holds: 'items BETWEEN ci_low AND ci_high',
} as const;

const digits = (table: string, quantity: string): string => `
  SELECT * FROM audit_digits WHERE published_table = '${table}' AND quantity = '${quantity}'`;

const DIGITS = {
  value: `printf('%d of %d are the mean, %d (sum of the differences + their variance) / (n + 1)', plain, figures, folded)`,
  holds: 'plain = figures',
  holdsInPart: 'plain > 0',
} as const;

const meanOf = (name: string, under: string, template: string, where: string): string => `
  (SELECT mean FROM entropy_summary WHERE quantity = 'entropy' AND position_kind = 'item' AND condition = '${under}'
    AND template = '${template}' AND ${where}) AS ${name}`;

/** Entropy at the first item, the one before the last, and the last. */
const entropy = (under: string, template: string): string => `
  SELECT ${meanOf('first', under, template, 'item_index = 0')}, ${meanOf('before', under, template, 'items_from_end = 1')},
    ${meanOf('last', under, template, 'items_from_end = 0')}`;

const NATS = `printf('%.2f at the first item, %.2f before the last, %.2f at the last', first, before, last)`;

const DATA = 'Data';
const LISTS = 'Exploratory analysis';
const ENTROPY = 'Entropy analysis';
const LENS = 'First approximations';
const SAES = 'Sparse autoencoders';
const ATTRIBUTION = 'Attribution';
const ABLATION = 'Causal ablation';

const CLAIMS: readonly Claim[] = [
  {
    id: 'topics',
    section: DATA,
    claim: 'Five lists were sampled of each of 23 topics.',
    test: 'Topics and lists in the file of template 1. It holds where there are 23 and 5',
    from: `SELECT n_topics, n_lists FROM original_main WHERE template = 'short'`,
    value: `printf('%d topics, %d lists', n_topics, n_lists)`,
    holds: 'n_topics = 23 AND n_lists = 5 * 23',
  },
  {
    id: 'prompt',
    section: DATA,
    claim: 'The prompts begin “Provide me a with”.',
    test: 'Released lists whose prompt so begins. It holds where all do',
    from: 'SELECT sum(n_prompt_as_said)::INTEGER AS other, sum(n_lists)::INTEGER AS n FROM original_files',
    value: `printf('%d of %d; %d begin “Provide me with a”', n - other, n, other)`,
    holds: 'other = 0',
    holdsInPart: 'other < n',
  },
  {
    id: 'sampling',
    section: DATA,
    claim: 'Sampling was at temperature 0.8 with a top-k of 0.9.',
    test: 'None: what was drawn does not show how',
    from: 'SELECT NULL',
    value: `'the author’s code has top-p 0.8; a top-k of 0.9 keeps no token'`,
  },
  {
    id: 'single-token',
    section: LISTS,
    claim: 'Most items are a single token.',
    test: 'Share of template 1’s items. It holds where the whole interval lies above one half, in part where the share does',
    from: audited('single_token'),
    value: SHARE,
    holds: 'ci_low > 0.5',
    holdsInPart: 'mean > 0.5',
  },
  {
    id: 'single-token-exceptions',
    section: LISTS,
    claim: 'The exceptions are a few topics such as Ocean, City Names and Countries.',
    test: 'Topics with less than half of their items a single token. It holds where the three are among them and they are fewer than six, in part where any of the three is',
    from: `SELECT count(*) FILTER (mean < 0.5) AS n, count(*) FILTER (mean < 0.5 AND topic IN ('Ocean', 'City Names', 'Countries')) AS named,
      coalesce(string_agg(topic, ', ' ORDER BY topic) FILTER (mean < 0.5), 'none') AS topics FROM (${byTopic('single_token')})`,
    value: `printf('%d topics, %d of the three: %s', n, named, topics)`,
    holds: 'named = 3 AND n < 6',
    holdsInPart: 'named > 0',
  },
  {
    id: 'blank-all-topics',
    section: LISTS,
    claim: 'In every topic a blank stands after the last item.',
    test: 'Each topic’s share of last items with a blank after them. It holds where every topic has more than half, in part where every topic has any',
    from: `SELECT count(*) AS n, count(*) FILTER (mean > 0.5) AS many, min(mean) AS least, arg_min(topic, mean) AS topic FROM (${byTopic('blank', 'AND items_from_end = 0')})`,
    value: `printf('more than half in %d of %d topics, least in %s, %.0f %%', many, n, topic, 100 * least)`,
    holds: 'many = n',
    holdsInPart: 'least > 0',
  },
  {
    id: 'blank-last-only',
    section: LISTS,
    claim: 'In most cases only the last item has the blank.',
    test: 'Share, of lists with any blank, of those with one on the last item alone. It holds where the whole interval lies above one half, in part where the share does',
    from: audited('only_last_blank'),
    value: SHARE,
    holds: 'ci_low > 0.5',
    holdsInPart: 'mean > 0.5',
  },
  {
    id: 'blanks-consistent',
    section: LISTS,
    claim: 'The number of items with a blank is consistent across topics.',
    test: 'Share of the variance between lists that lies between topics, chance taken off. It holds where the whole interval lies below a quarter, in part where the share does',
    from: audited('between_topics_blanks'),
    value: SHARE,
    holds: 'ci_high < 0.25',
    holdsInPart: 'mean < 0.25',
  },
  {
    id: 'items-consistent',
    section: LISTS,
    claim: 'The number of items is very similar across topics.',
    test: 'Share of the variance between lists that lies between topics, chance taken off. It holds where the whole interval lies below a quarter, in part where the share does',
    from: audited('between_topics_items'),
    value: SHARE,
    holds: 'ci_high < 0.25',
    holdsInPart: 'mean < 0.25',
  },
  {
    id: 'temperature',
    section: LISTS,
    claim: 'The higher the temperature, the more items have a blank.',
    test: 'Rank correlation over template 1’s lists. It holds where the whole interval lies above 0',
    from: audited('temperature_blanks', 'AND temperature IS NULL'),
    value: `${NUMBER} || printf(', %d lists', n)`,
    holds: 'ci_low > 0',
  },
  {
    id: 'temperature-items',
    section: LISTS,
    claim: 'The kind of list is consistent across temperatures.',
    test: 'Means of items at six temperatures. It holds where they differ by less than one item',
    from: `SELECT min(mean) AS low, max(mean) AS high, count(*) AS n FROM original_audit WHERE quantity = 'items' AND rule = 'token'
      AND template = 'short' AND topic IS NULL AND temperature IS NOT NULL`,
    value: `printf('%.1f to %.1f items at %d temperatures', low, high, n)`,
    holds: 'high - low < 1',
  },
  {
    id: 'items-short',
    section: LISTS,
    claim: 'Template 1 gives lists of 5 items on average.',
    from: length('short'),
    ...LENGTH,
  },
  {
    id: 'items-long',
    section: LISTS,
    claim: 'Template 2 gives lists of 30 items on average.',
    from: length('long'),
    ...LENGTH,
  },
  {
    id: 'items-plain',
    section: LISTS,
    claim: 'Template 3 gives lists of 10 items on average.',
    from: length('plain'),
    ...LENGTH,
  },
  {
    id: 'blank-long',
    section: LISTS,
    claim: 'Long lists have no abundance of blanks at their end.',
    test: 'Share of last items with a blank, of the long lists that ended. It holds where the whole interval lies below one half, but only in part where the limit cut most lists',
    from: `SELECT mean, ci_low, ci_high, n, f.n_lists FROM original_audit a JOIN original_main f USING (template)
      WHERE quantity = 'blank' AND rule = 'token' AND template = 'long' AND a.temperature = 0.8 AND topic IS NULL AND items_from_end = 0`,
    value: `${SHARE} || printf(', %d of %d lists ended', n, n_lists)`,
    holds: 'ci_high < 0.5 AND n > n_lists / 2',
    holdsInPart: 'ci_high < 0.5',
  },
  {
    id: 'items-by-list',
    section: LISTS,
    claim: 'The author’s table of items by list counts the items of each list.',
    test: 'Lists of which it prints what is found by token. It holds where it does of all, in part where of more than half',
    from: `SELECT count(*) AS n, count(*) FILTER (p.items = l.n_items) AS same, count(*) FILTER (p.items = l.n_hyphens) AS hyphens
      FROM published_items_by_list p JOIN original_lists l USING (topic, replicate)`,
    value: `printf('%d of %d; the number of hyphens in %d', same, n, hyphens)`,
    holds: 'same = n',
    holdsInPart: '2 * same > n',
  },
  {
    id: 'items-variance',
    section: LISTS,
    claim: 'The author’s table of variances says how much the items of a topic’s lists vary.',
    test: 'Topics of which it prints the variance of the five lists. It holds where it does of all, in part where of any',
    from: `SELECT count(*) AS n, count(*) FILTER (abs(printed - real) < 1e-6) AS same, count(*) FILTER (printed = 0) AS zero
      FROM (SELECT topic, max(items_variance) AS printed, var_pop(items) AS real FROM published_items_by_list GROUP BY topic)`,
    value: `printf('%d of %d topics; the variance of one list alone, which is 0, in %d', same, n, zero)`,
    holds: 'same = n',
    holdsInPart: 'same > zero',
  },
  {
    id: 'entropy-short',
    section: ENTROPY,
    claim:
      'Under its own prompt a short list’s entropy rises over the items, and a little more at the last.',
    needsRun: true,
    test: 'Entropy after items. It holds where first < before the last < last',
    from: entropy('clean', 'short'),
    value: NATS,
    holds: 'first < before AND before < last',
    holdsInPart: 'first < last',
  },
  {
    id: 'entropy-short-corrupted',
    section: ENTROPY,
    claim: 'Under the other prompt a short list’s entropy rises at the last item only.',
    needsRun: true,
    test: 'Entropy after items. It holds where the rise at the last item exceeds the one before it tenfold, in part where it exceeds it',
    from: entropy('corrupted', 'short'),
    value: NATS,
    holds: 'last > before AND last - before > 10 * abs(before - first)',
    holdsInPart: 'last - before > before - first',
  },
  {
    id: 'entropy-long',
    section: ENTROPY,
    claim: 'Under its own prompt a long list’s entropy rises gradually.',
    needsRun: true,
    test: 'Entropy after items. It holds where first < before the last < last',
    from: entropy('clean', 'long'),
    value: NATS,
    holds: 'first < before AND before < last',
    holdsInPart: 'first < last',
  },
  {
    id: 'entropy-long-corrupted',
    section: ENTROPY,
    claim: 'Under the other prompt a long list’s entropy spikes at its last item.',
    needsRun: true,
    test: 'Entropy after items. It holds where the rise at the last item exceeds the one before it tenfold, in part where it exceeds it',
    from: entropy('corrupted', 'long'),
    value: NATS,
    holds: 'last > before AND last - before > 10 * abs(before - first)',
    holdsInPart: 'last - before > before - first',
  },
  {
    id: 'entropy-one-place',
    section: ENTROPY,
    claim: 'The entropy is read at one kind of position, the items.',
    test: 'Template 1’s lists in which a blank moves the last reading elsewhere. It holds where there are none, in part where fewer than half',
    from: `SELECT mean, ci_low, ci_high FROM original_audit WHERE quantity = 'blank' AND rule = 'token' AND template = 'short'
      AND temperature = 0.8 AND topic IS NULL AND items_from_end = 0`,
    value: `'the last reading is of another kind in ' || ${SHARE}`,
    holds: 'mean = 0',
    holdsInPart: 'mean < 0.5',
  },
  {
    id: 'entropy-figures',
    section: ENTROPY,
    claim: 'Each figure of the entropy shows the condition that its heading names.',
    test: 'Figures whose file is named for the condition. It holds where all are, in part where any is',
    from: `SELECT count(*) AS n, count(*) FILTER (file LIKE '%-' || heading || '.png') AS same FROM published_entropy_figures`,
    value: `printf('%d of %d', same, n)`,
    holds: 'same = n',
    holdsInPart: 'same > 0',
  },
  {
    id: 'lens-fifth',
    section: LENS,
    claim: 'The fifth item is the first at which a blank is clearly over a newline.',
    needsRun: true,
    test: 'The first item after which the mean difference of the final logits is above 0. It holds where that is the fifth',
    from: `SELECT min(item_index) + 1 AS item FROM logit_lens_summary, n_layers AS d(depth) WHERE component IS NULL
      AND proxy = 'blank_newline' AND template = 'short' AND layer = depth - 1 AND mean > 0`,
    value: `coalesce(printf('item %d', item), 'no item')`,
    holds: 'item = 5',
  },
  {
    id: 'lens-layers',
    section: LENS,
    claim: 'The last layers, from the 20th of 26 on, matter most for the difference.',
    needsRun: true,
    test: 'Share of the layers’ contributions, in magnitude, that is of the last quarter of layers. It holds where that is more than half',
    from: `SELECT sum(abs(mean)) FILTER (layer >= 0.75 * depth) / sum(abs(mean)) AS share FROM logit_lens_summary, n_layers AS d(depth)
      WHERE component IS NOT NULL AND component <> 'embed' AND proxy = 'blank_newline' AND template = 'short' AND items_from_end = 0`,
    value: 'digits_of(share, -1)',
    holds: 'share > 0.5',
  },
  {
    id: 'saes-used',
    section: SAES,
    claim: 'Five SAEs of the attention and five of the residual stream were used.',
    test: 'Of the SAEs named, those in the attribution tuples, and those in the ablated lists. It holds where all are in both and no other is, in part where any is',
    from: `SELECT (SELECT count(*) FROM published_saes) AS n,
      (SELECT count(*) FROM published_saes WHERE sae_id IN (SELECT sae_id FROM original_tuples)) AS attributed,
      (SELECT count(*) FROM published_saes WHERE sae_id IN (SELECT sae_id FROM original_ablation_counts)) AS ablated,
      (SELECT coalesce(string_agg(DISTINCT sae_id, ', '), 'none') FROM original_ablation_counts WHERE sae_id NOT IN (FROM published_saes)) AS others`,
    value: `printf('%d of %d in the tuples, %d in the ablated lists, where another is: %s', attributed, n, ablated, others)`,
    holds: `attributed = n AND ablated = n AND others = 'none'`,
    holdsInPart: 'attributed > 0 AND ablated > 0',
  },
  {
    id: 'memory',
    section: SAES,
    claim: 'Two SAEs of 16 thousand features fill a card of 24 GB when gradients are on.',
    test: 'None: nothing that was released says how much memory was used',
    from: 'SELECT NULL',
    value: `'here one SAE at a time is in memory, and none while gradients are taken'`,
  },
  {
    id: 'cluster-maps',
    section: ATTRIBUTION,
    claim: 'The cluster maps show normalised activations.',
    test: 'None: no activations were released; the code counts how often a feature is among the most attributed',
    from: 'SELECT sum(n_tuples)::INTEGER AS n FROM original_tuples',
    value: `printf('%d tuples, none with an activation', n)`,
  },
  {
    id: 'top-features',
    section: ATTRIBUTION,
    claim: 'The author’s table of features by topic lists the ten most important of each.',
    test: 'Topics of which it lists the ten in most tuples. It holds where it does of all, in part where of any',
    from: `SELECT count(*) AS n, count(*) FILTER (p.features = t.most_frequent) AS frequent, count(*) FILTER (p.features = t.smallest) AS smallest
      FROM published_top_features p JOIN original_tuple_tops t USING (topic, sae_id)`,
    value: `printf('%d of %d; the ten of the smallest numbers in %d', frequent, n, smallest)`,
    holds: 'frequent = n',
    holdsInPart: 'frequent > 0',
  },
  {
    id: 'families',
    section: ATTRIBUTION,
    claim: 'Some features count in lists of every topic, others in those of one topic only.',
    test: 'Features of each SAE’s tuples. It holds where every SAE has both kinds, in part where any has',
    from: `SELECT count(*) AS n, count(*) FILTER (everywhere > 0 AND one > 0) AS both, sum(everywhere)::INTEGER AS everywhere, sum(one)::INTEGER AS one
      FROM (SELECT sae_id, max(n_features_everywhere) AS everywhere, max(n_features_one_topic) AS one FROM original_tuples GROUP BY sae_id)`,
    value: `printf('both kinds in %d of %d SAEs: %d features in every topic, %d in one', "both", n, everywhere, one)`,
    holds: '"both" = n',
    holdsInPart: '"both" > 0',
  },
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
    value: `printf('%d of %d lists; most with %s, %.0f %%', lists, n, sae_id, 100 * most)`,
    holds: 'most > 0.5',
    holdsInPart: 'most > 0.1',
  },
];

const RUN = `(SELECT kind = 'run' FROM study)`;
const CANNOT = 'cannot be decided here';

/** The claims of the write-up, as a table. */
export const CLAIM_VIEWS: Readonly<Record<string, string>> = {
  claims: `SELECT * FROM (${CLAIMS.map(claimRow).join(' UNION ALL ')}) ORDER BY place`,
};

function claimRow(claim: Claim, place: number): string {
  const { id, section, needsRun, test, from, value } = claim;
  const decided = needsRun ? RUN : String(claim.holds !== undefined);
  const study = needsRun
    ? `CASE WHEN ${RUN} THEN (SELECT name FROM study) ELSE 'none: a run of Gemma 2 2B itself' END`
    : quote(claim.holds === undefined ? 'none' : 'released data');
  const shown = needsRun
    ? `CASE WHEN ${RUN} THEN ${value} ELSE 'nothing released decides it; ' || (SELECT name FROM study) || ', no evidence: ' || coalesce(${value}, '–') END`
    : value;
  return `
    SELECT ${place} AS place, ${quote(id)} AS claim_id, ${quote(section)} AS section, ${quote(claim.claim)} AS claim,
      ${study} AS study, ${quote(test)} AS test, ${shown} AS value,
      CASE WHEN NOT ${decided} THEN ${quote(CANNOT)} WHEN ${claim.holds ?? 'false'} THEN 'holds'
        WHEN ${claim.holdsInPart ?? 'false'} THEN 'holds in part' ELSE 'does not hold' END AS verdict
    FROM (${from})`;
}
