import { upTo } from '../graph/memory-use.ts';
import { type LensRow, lensGraph, logitLens } from '../interp/logit-lens.ts';
import { integer, nullable, oneOf, type Row, real, table } from '../schema/table.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { bootstrapMean } from '../stats/bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import { TEMPLATES } from '../study/study.ts';
import { completions, items, sampleId } from './1-generate.ts';
import { defineStage, listsOf, longestList, type StageContext } from './stage.ts';

/**
 * Two differences that stand for "the list ends here", each read where its choice is made: a blank or a newline
 * after an item's last token, the end of the turn or another hyphen after its newline.
 */
export const PROXIES = {
  blank_newline: { tokens: [' ', '\n'], at: 'pos_last_token' },
  end_hyphen: { tokens: ['<end_of_turn>', '-'], at: 'pos_newline' },
} as const;
export type ProxyName = keyof typeof PROXIES;
export const PROXY_NAMES = Object.keys(PROXIES) as ProxyName[];

const COMPONENTS = ['embed', 'attn', 'mlp'] as const;

const place = {
  sample_id: sampleId,
  proxy: oneOf(PROXY_NAMES, 'the two tokens compared: the first one’s logit less the second’s'),
  item_index: integer('place of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; none where the list did not end')),
};

export const logitLensTable = table('logit_lens', 'one layer at one item of one list', {
  ...place,
  layer: integer('the layer whose output is read; −1 for the embedding'),
  logit_diff: real('difference with the final norm and the softcap applied', 'logits'),
  logit_diff_uncapped: real('the same before the softcap', 'logits'),
  logit_diff_raw: real('the same without the final norm, too', 'logits'),
});

export const layerContributions = table(
  'layer_contributions',
  'what one part of the model adds to the difference at one item of one list',
  {
    ...place,
    layer: integer('the layer of the part; −1 for the embedding'),
    component: oneOf(COMPONENTS, 'the part'),
    contribution: real(
      'what it adds to the last layer’s uncapped difference, read through the final norm as it is there',
      'logits',
    ),
  },
);

const summaryPlace = {
  template: oneOf(TEMPLATES, 'which prompt'),
  proxy: place.proxy,
  item_index: nullable(integer('place from the start; none where counted from the end')),
  items_from_end: nullable(integer('place from the end; none where counted from the start')),
  layer: integer('the layer; −1 for the embedding'),
  component: nullable(
    oneOf(COMPONENTS, 'the part whose contribution is averaged; none: logit_diff'),
  ),
};

export const logitLensSummary = table(
  'logit_lens_summary',
  'one mean over lists, with its interval',
  {
    ...summaryPlace,
    mean: real('mean', 'logits'),
    ci_low: real('lower end of the interval', 'logits'),
    ci_high: real('upper end of the interval', 'logits'),
    n: integer('lists averaged', 'lists'),
  },
);

type List = Row<typeof completions>;
type Item = Row<typeof items>;
type LensTableRow = Row<typeof logitLensTable>;
type ContributionRow = Row<typeof layerContributions>;

/** See at which layer, item by item, the end of the list is decided. */
export const logitLensStage = defineStage({
  name: '4-logit-lens',
  source: import.meta.url,
  config: ['model', 'seed', 'batchSize', 'sampling', 'bootstrap'],
  reads: [completions, items],
  writes: [logitLensTable, layerContributions, logitLensSummary],

  graphs: ({ model, longest, lists }) => {
    const T = longestList(longest);
    // An item is two tokens at least.
    const sizes = (B: number) => ({ B, T, N: Math.ceil((B * T) / 2) });
    const use = { name: 'logit lens', graph: () => lensGraph(model), sizes };
    return [upTo(listsOf(TEMPLATES, lists).all, use)];
  },

  async run(context) {
    const { study, read, write } = context;
    const { temperature } = study.sampling;
    const lists = (await read(completions)).filter((list) => list.temperature === temperature);
    const itemsOf = Map.groupBy(await read(items), ({ sample_id }) => sample_id);
    const lens: LensTableRow[] = [];
    const contributions: ContributionRow[] = [];
    for (const [i, proxy] of PROXY_NAMES.entries())
      for (const { list, item, row, at } of await readProxy(context, proxy, lists, itemsOf, i)) {
        const here = placeOf(list, item, proxy);
        lens.push(...lensRows(here, row, at));
        contributions.push(...contributionRows(here, row, at));
      }
    write(logitLensTable, lens);
    write(layerContributions, contributions);
    write(logitLensSummary, summarise(lens, contributions, lists, study));
  },
});

/** One item of one list, with the lens of its list and its place among the positions read. */
interface Seen {
  readonly list: List;
  readonly item: Item;
  readonly row: LensRow;
  readonly at: number;
}

async function readProxy(
  { study, provider, model, tokenizer, progress }: Context,
  proxy: ProxyName,
  lists: readonly List[],
  itemsOf: ReadonlyMap<string, Item[]>,
  pass: number,
): Promise<Seen[]> {
  const { tokens, at: column } = PROXIES[proxy];
  const chosen = lists.map((list) => ({
    list,
    items: (itemsOf.get(list.sample_id) ?? []).filter((item) => item[column] !== null),
  }));
  const readings = chosen.map(({ list, items }) => ({
    ids: list.token_ids,
    positions: items.map((item) => item[column]!),
  }));
  const rows = await logitLens(model(), readings, {
    provider,
    pair: pairOf(tokenizer(), tokens),
    batchSize: study.batchSize,
    onProgress: (done) =>
      progress(pass * lists.length + done, PROXY_NAMES.length * lists.length, 'lists'),
  });
  return chosen.flatMap(({ list, items }, i) =>
    items.map((item, at) => ({ list, item, row: rows[i]!, at })),
  );
}

type Context = StageContext<'model' | 'seed' | 'batchSize' | 'sampling' | 'bootstrap'>;
type Place = Pick<LensTableRow, keyof typeof place>;

export const pairOf = (
  tokenizer: Tokenizer,
  [a, b]: readonly [string, string],
): [number, number] => [tokenizer.id(a), tokenizer.id(b)];

const placeOf = (
  { sample_id }: List,
  { item_index, items_from_end }: Item,
  proxy: ProxyName,
): Place => ({
  sample_id,
  proxy,
  item_index,
  items_from_end,
});

const lensRows = (here: Place, row: LensRow, at: number): LensTableRow[] =>
  Array.from({ length: row.points }, (_, point) => {
    const i = point * row.positions + at;
    return {
      ...here,
      layer: point - 1,
      logit_diff: row.capped[i]!,
      logit_diff_uncapped: row.uncapped[i]!,
      logit_diff_raw: row.raw[i]!,
    };
  });

/** The embedding, then attention and MLP of each layer, as interp/logit-lens.ts orders them. */
const contributionRows = (here: Place, row: LensRow, at: number): ContributionRow[] =>
  Array.from({ length: 2 * row.points - 1 }, (_, part) => ({
    ...here,
    layer: part === 0 ? -1 : Math.floor((part - 1) / 2),
    component: part === 0 ? 'embed' : part % 2 === 1 ? 'attn' : 'mlp',
    contribution: row.contributions[part * row.positions + at]!,
  }));

type SummaryRow = Row<typeof logitLensSummary>;
type SummaryPlace = Pick<SummaryRow, keyof typeof summaryPlace>;

/** Means over the lists of a template, at each place from the start and from the end; clusters are topics. */
function summarise(
  lens: readonly LensTableRow[],
  contributions: readonly ContributionRow[],
  lists: readonly List[],
  { seed, bootstrap }: Context['study'],
): SummaryRow[] {
  const byId = new Map(lists.map((list) => [list.sample_id, list]));
  const groups = new Map<string, { place: SummaryPlace; topics: Map<string, number[]> }>();
  const observe = (place: SummaryPlace, topic: string, value: number) => {
    const key = Object.values(place).join(' ');
    const group = groups.get(key) ?? { place, topics: new Map<string, number[]>() };
    groups.set(key, group);
    const values = group.topics.get(topic) ?? [];
    group.topics.set(topic, values);
    values.push(value);
  };
  const both = (row: Place, layer: number, component: SummaryRow['component'], value: number) => {
    const { template, topic } = byId.get(row.sample_id)!;
    const { proxy, item_index, items_from_end } = row;
    const common = { template, proxy, layer, component };
    observe({ ...common, item_index, items_from_end: null }, topic, value);
    if (items_from_end !== null)
      observe({ ...common, item_index: null, items_from_end }, topic, value);
  };
  for (const row of lens) both(row, row.layer, null, row.logit_diff);
  for (const row of contributions) both(row, row.layer, row.component, row.contribution);
  return [...groups].map(([key, { place, topics }]) => ({
    ...place,
    ...bootstrapMean([...topics.values()], {
      ...bootstrap,
      random: keyedRandom(seed, `logit lens ${key}`),
    }),
  }));
}
