import { claim, undecidable } from './claim.ts';
import { mainLists, type ReleasedTables } from './tables.ts';
import { type Count, ofAll } from './verdict.ts';

const DATA = 'Data';
const LISTS = 'Exploratory analysis';
const ENTROPY = 'Entropy analysis';

/** Counts of a fixed set are not sampled: where all are as said, and where none is. */
const countsOf = (of: number) => ({
  true: { words: `all ${of} are as said`, draw: () => ({ n: of, of }) },
  false: { words: `none of ${of} is as said`, draw: () => ({ n: 0, of }) },
});

/** What it says of its data and of how they were drawn. */
export const DATA_CLAIMS = [
  claim({
    id: 'topics',
    section: DATA,
    claim: 'Five lists were sampled of each of 23 topics.',
    test: 'Topics of the short lists with five lists. It holds where there are 23 topics and all have',
    inRelease: (tables) => {
      const byTopic = Map.groupBy(mainLists(tables, 'short'), ({ topic }) => topic);
      return {
        n: [...byTopic.values()].filter(({ length }) => length === 5).length,
        of: Math.max(23, byTopic.size),
      };
    },
    judge: ofAll,
    value: ({ n, of }) => `${n} of ${of} topics`,
    simulated: countsOf(23),
  }),
  claim({
    id: 'prompt',
    section: DATA,
    claim: 'The prompts begin “Provide me a with”.',
    test: 'Released lists whose prompt so begins. It holds where all do, in part where any does',
    inRelease: ({ files }) => {
      const of = files.reduce((sum, { n_lists }) => sum + n_lists, 0);
      return {
        n: of - files.reduce((sum, { n_prompt_as_said }) => sum + n_prompt_as_said, 0),
        of,
      };
    },
    judge: ofAll,
    value: ({ n, of }) => `${n} of ${of}; ${of - n} begin “Provide me with a”`,
    simulated: countsOf(897),
  }),
  undecidable({
    id: 'sampling',
    section: DATA,
    claim: 'Sampling was at temperature 0.8 with a top-k of 0.9.',
    why: 'what was drawn does not show how; the author’s code has top-p 0.8, and a top-k of 0.9 keeps no token',
  }),
];

/** What its tables of items print. */
export const ITEM_TABLE_CLAIMS = [
  claim({
    id: 'items-by-list',
    section: LISTS,
    claim: 'The author’s table of items by list counts the items of each list.',
    test: 'Lists of which it prints what is found by token. It holds where it does of all, in part where of any',
    inRelease: printedItems,
    judge: ofAll,
    value: ({ n, of, hyphens }) => `${n} of ${of}; the number of hyphens in ${hyphens}`,
    simulated: {
      true: { words: 'all lists', draw: () => ({ n: 115, of: 115, hyphens: 115 }) },
      false: { words: 'no list', draw: () => ({ n: 0, of: 115, hyphens: 115 }) },
    },
  }),
  claim({
    id: 'items-variance',
    section: LISTS,
    claim: 'The author’s table of variances says how much the items of a topic’s lists vary.',
    test: 'Topics of which it prints the variance of the five lists, of those whose lists differ in length. It holds where it does of all, in part where of any',
    inRelease: printedVariances,
    judge: ofAll,
    value: ({ n, of, zero }) =>
      `${n} of ${of} topics with lists of different length; 0, the variance of one list alone, in ${zero} of all`,
    simulated: {
      true: { words: 'all topics', draw: () => ({ n: 23, of: 23, zero: 0 }) },
      false: { words: 'no topic', draw: () => ({ n: 0, of: 23, zero: 23 }) },
    },
  }),
];

/** What its figures of the entropy show. */
export const ENTROPY_FIGURE_CLAIMS = [
  claim({
    id: 'entropy-figures',
    section: ENTROPY,
    claim: 'Each figure of the entropy shows the condition that its heading names.',
    test: 'Figures whose file is named for the condition. It holds where all are, in part where any is',
    inRelease: ({ writeUp: { entropyFigures } }): Count => ({
      n: entropyFigures.filter(({ file, heading }) => file.endsWith(`-${heading}.png`)).length,
      of: entropyFigures.length,
    }),
    judge: ofAll,
    value: ({ n, of }) => `${n} of ${of}`,
    simulated: countsOf(4),
  }),
];

function printedItems(tables: ReleasedTables) {
  const lists = new Map(
    mainLists(tables, 'short').map((list) => [`${list.topic} ${list.replicate}`, list]),
  );
  const hyphensOf = new Map(tables.authorLists.map((row) => [row.sample_id, row.n_hyphens]));
  const printed = tables.writeUp.itemsByList.flatMap(({ topic, replicate, items }) => {
    const list = lists.get(`${topic} ${replicate}`);
    return list ? [{ items, byToken: list.n_items, hyphens: hyphensOf.get(list.sample_id) }] : [];
  });
  return {
    n: printed.filter(({ items, byToken }) => items === byToken).length,
    of: printed.length,
    hyphens: printed.filter(({ items, hyphens }) => items === hyphens).length,
  };
}

function printedVariances({ writeUp: { itemsByList } }: ReleasedTables) {
  const topics = [...Map.groupBy(itemsByList, ({ topic }) => topic).values()].map((of) => {
    const mean = of.reduce((sum, { items }) => sum + items, 0) / of.length;
    const real = of.reduce((sum, { items }) => sum + (items - mean) ** 2, 0) / of.length;
    return { printed: of[0]?.items_variance ?? Number.NaN, real };
  });
  const varied = topics.filter(({ real }) => real > 0);
  return {
    n: varied.filter(({ printed, real }) => Math.abs(printed - real) < 1e-6).length,
    of: varied.length,
    zero: topics.filter(({ printed }) => printed === 0).length,
  };
}
