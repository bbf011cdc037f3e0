import { levelOf } from '../../confidence-level.ts';
import { RELEASED } from '../released.ts';
import { type Claim, NUMBER, SHARE } from './claim.ts';

const audited = (quantity: string, where = ''): string => `
  SELECT mean, ci_low, ci_high, n FROM original_audit
  WHERE quantity = '${quantity}' AND rule = 'token' AND template = 'short' AND topic IS NULL AND items_from_end IS NULL
  ${where || 'AND temperature = 0.8'}`;

const byTopic = (quantity: string, where = ''): string => `
  SELECT topic, mean FROM original_audit WHERE quantity = '${quantity}' AND rule = 'token' AND template = 'short'
  AND temperature = 0.8 AND topic IS NOT NULL ${where}`;

/** Items of one template by token, with what the write-up prints and how many lists were cut. */
const length = (template: string): string => `
  SELECT a.mean, ci_low, ci_high, p.items, f.n_lists - n_ended AS n_cut, n_lists
  FROM original_audit a JOIN published_items_by_template p USING (template) JOIN original_main f USING (template)
  WHERE quantity = 'items' AND rule = 'token' AND template = '${template}' AND a.temperature = 0.8 AND topic IS NULL`;

/** The same of a study's own lists, beside what the write-up prints. */
const lengthInStudies = (template: string) => ({
  from: `SELECT mean, ci_low, ci_high, p.items, l.n_cut, l.n_lists FROM mean_of('n_items', '${template}'),
      (SELECT items FROM published_items_by_template WHERE template = '${template}') p,
      (SELECT count(*) FILTER (NOT ended) AS n_cut, count(*) AS n_lists FROM main_lists WHERE template = '${template}') l`,
});

const SHORT_BLANKS = `finding = 'blank_before_end' AND template = 'short' AND temperature = (FROM main_temperature)`;

const LENGTH = {
  test: `The mean number of items by token. It holds where the printed number lies within the ${levelOf(RELEASED.confidence)} interval`,
  value: `with_interval(mean, ci_low, ci_high, 1) || printf(', printed %d; %d of %d lists cut', items, n_cut, n_lists)`,
  holds: 'items BETWEEN ci_low AND ci_high',
} as const;

/** Topics with less than half of their items a single token. @param byTopic SQL: the share of each topic */
const fewSingle = (byTopic: string): string => `
  SELECT count(*) FILTER (mean < 0.5) AS n, count(*) FILTER (mean < 0.5 AND topic IN ('Ocean', 'City Names', 'Countries')) AS named,
    coalesce(string_agg(topic, ', ' ORDER BY topic) FILTER (mean < 0.5), 'none') AS topics FROM (${byTopic})`;

/** Topics by their share of last items with a blank. @param byTopic SQL: the share of each topic */
const blanksByTopic = (byTopic: string): string => `
  SELECT count(*) AS n, count(*) FILTER (mean > 0.5) AS many, min(mean) AS least, arg_min(topic, mean) AS topic FROM (${byTopic})`;

const DATA = 'Data';
const LISTS = 'Exploratory analysis';

/** What the write-up says of its data, and of the lists that the model writes. */
export const LIST_CLAIMS: readonly Claim[] = [
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
    inStudies: { from: `FROM topic_share('short_items_of_one_token')` },
    value: SHARE,
    holds: 'ci_low > 0.5',
    holdsInPart: 'mean > 0.5',
  },
  {
    id: 'single-token-exceptions',
    section: LISTS,
    claim: 'The exceptions are a few topics such as Ocean, City Names and Countries.',
    test: 'Topics with less than half of their items a single token. It holds where the three are among them and they are fewer than six, in part where any of the three is',
    from: fewSingle(byTopic('single_token')),
    inStudies: {
      from: fewSingle('SELECT topic, total / weight AS mean FROM short_items_of_one_token'),
    },
    value: `printf('%d topics, %d of the three: %s', n, named, topics)`,
    holds: 'named = 3 AND n < 6',
    holdsInPart: 'named > 0',
  },
  {
    id: 'blank-all-topics',
    section: LISTS,
    claim: 'In every topic a blank stands after the last item.',
    test: 'Each topic’s share of last items with a blank after them. It holds where every topic has more than half, in part where every topic has any',
    from: blanksByTopic(byTopic('blank', 'AND items_from_end = 0')),
    inStudies: {
      from: blanksByTopic(
        `SELECT topic, mean FROM exploration WHERE ${SHORT_BLANKS} AND items_from_end = 0 AND topic IS NOT NULL`,
      ),
    },
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
    inStudies: { from: `FROM topic_share('blanks_on_the_last_alone')` },
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
    inStudies: { from: `FROM between_topics('blanks_of_short_lists')` },
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
    inStudies: { from: `FROM between_topics('lengths_of_short_lists')` },
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
    inStudies: { from: `FROM correlation_with_temperature('blanks_by_temperature')` },
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
    inStudies: {
      from: `SELECT min(mean) AS low, max(mean) AS high, count(*) AS n FROM exploration
        WHERE metric = 'n_items' AND template = 'short' AND topic IS NULL`,
    },
    value: `printf('%.1f to %.1f items at %d temperatures', low, high, n)`,
    holds: 'high - low < 1',
  },
  {
    id: 'items-short',
    section: LISTS,
    claim: 'Template 1 gives lists of 5 items on average.',
    from: length('short'),
    inStudies: lengthInStudies('short'),
    ...LENGTH,
  },
  {
    id: 'items-long',
    section: LISTS,
    claim: 'Template 2 gives lists of 30 items on average.',
    from: length('long'),
    inStudies: lengthInStudies('long'),
    ...LENGTH,
  },
  {
    id: 'items-plain',
    section: LISTS,
    claim: 'Template 3 gives lists of 10 items on average.',
    from: length('plain'),
    inStudies: lengthInStudies('plain'),
    ...LENGTH,
  },
  {
    id: 'blank-long',
    section: LISTS,
    claim: 'Long lists have no abundance of blanks at their end.',
    test: 'Share of last items with a blank, of the long lists that ended. It holds where the whole interval lies below one half, but only in part where the limit cut most lists',
    from: `SELECT mean, ci_low, ci_high, n, f.n_lists FROM original_audit a JOIN original_main f USING (template)
      WHERE quantity = 'blank' AND rule = 'token' AND template = 'long' AND a.temperature = 0.8 AND topic IS NULL AND items_from_end = 0`,
    inStudies: {
      from: `SELECT mean, ci_low, ci_high, n, n_lists FROM blanks('long', 0),
        (SELECT count(*) AS n_lists FROM main_lists WHERE template = 'long')`,
    },
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
];
