import { upTo } from '../graph/graph-use.ts';
import { type LensRow, lensGraph, logitLens } from '../interp/logit-lens.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { layerContributions } from '../schema/layer-contributions.ts';
import { logitLensTable } from '../schema/logit-lens.ts';
import { logitLensSummary } from '../schema/logit-lens-summary.ts';
import { PROXY_NAMES, type ProxyName } from '../schema/proxies.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { bootstrapMean } from '../stats/bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import { defineStage, listsOf, longestList, type StageContext } from './stage.ts';

/**
 * Two differences that stand for "the list ends here", each read where its choice is made: a blank or a newline
 * after an item's last token, the end of the turn or another hyphen after its newline.
 */
export const PROXIES = {
  blank_newline: { tokens: [' ', '\n'], at: 'pos_last_token' },
  end_hyphen: { tokens: ['<end_of_turn>', '-'], at: 'pos_newline' },
} as const satisfies Readonly<Record<ProxyName, object>>;

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
type Place = Pick<LensTableRow, 'sample_id' | 'proxy' | 'item_index' | 'items_from_end'>;

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
type SummaryPlace = Omit<SummaryRow, 'mean' | 'ci_low' | 'ci_high' | 'n'>;

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
