import { type LensRow, lensUse, logitLens } from '../interp/logit-lens.ts';
import { PROXIES, pairOf } from '../lists/proxies.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { layerContributions } from '../schema/layer-contributions.ts';
import { logitLensTable } from '../schema/logit-lens.ts';
import { logitLensSummary } from '../schema/logit-lens-summary.ts';
import { PROXY_NAMES, type ProxyName } from '../schema/proxies.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { clusterMean, type IntervalSettings } from '../stats/cluster-mean.ts';
import { type Context, defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { byList, type ItemRow, type ListRow, listsAt, listsById } from './lists-by-id.ts';
import { readerOf } from './reader.ts';

type LensTableRow = Row<typeof logitLensTable>;
type ContributionRow = Row<typeof layerContributions>;

/** See at which layer, item by item, the end of the list is decided. */
export const logitLensStage = defineStage({
  name: '4-logit-lens',
  source: import.meta.url,
  settings: ['seed', 'batchSize', 'sampling', 'bootstrap'],
  needs: ['model', 'form'],
  reads: [completions, items],
  writes: [logitLensTable, layerContributions, logitLensSummary],

  graphs: ({ model, longest, lists }) => {
    const tokens = longestList(longest);
    // An item is two tokens at least, and is read at one position.
    const positions = tokens / 2;
    return [lensUse(model, { tokens, positions, sequences: listCounts(TEMPLATES, lists).all })];
  },

  async run(context) {
    const { study, read, write } = context;
    const lists = listsAt(await read(completions), study.sampling.temperature);
    const itemsOf = byList(await read(items));
    const lens: LensTableRow[] = [];
    const contributions: ContributionRow[] = [];
    for (const [done, proxy] of PROXY_NAMES.entries())
      for (const seen of await readProxy(context, { proxy, lists, itemsOf, done })) {
        const here = placeOf(seen, proxy);
        lens.push(...lensRows(here, seen));
        contributions.push(...contributionRows(here, seen));
      }
    write(logitLensTable, lens);
    write(layerContributions, contributions);
    write(logitLensSummary, summarise(lens, contributions, lists, study));
  },
});

type LensContext = Context<Named, 'model' | 'form'>;
type Named = 'seed' | 'batchSize' | 'sampling' | 'bootstrap';

/** One item of one list, with the lens of its list. */
interface Seen {
  readonly list: ListRow;
  readonly item: ItemRow;
  readonly row: LensRow;
  /** Which of the positions that were read of the list is this item's. */
  readonly column: number;
}

/** One pass over the lists: each item read where a proxy's choice is made. */
interface ProxyPass {
  readonly proxy: ProxyName;
  readonly lists: readonly ListRow[];
  readonly itemsOf: ReadonlyMap<string, ItemRow[]>;
  /** Passes that came before it. */
  readonly done: number;
}

async function readProxy(
  context: LensContext,
  { proxy, lists, itemsOf, done }: ProxyPass,
): Promise<Seen[]> {
  const { column: position } = PROXIES[proxy];
  const chosen = lists.map((list) => ({
    list,
    items: (itemsOf.get(list.sample_id) ?? []).filter((item) => item[position] !== null),
  }));
  const readings = chosen.map(({ list, items }) => ({
    ids: list.token_ids,
    positions: items.map((item) => item[position]!),
  }));
  const total = PROXY_NAMES.length * lists.length;
  const rows = await logitLens(readerOf(context), readings, {
    pair: pairOf(context.form.events, proxy),
    onProgress: (n) => context.progress(done * lists.length + n, total, 'lists'),
  });
  return chosen.flatMap(({ list, items }, i) =>
    items.map((item, column) => ({ list, item, row: rows[i]!, column })),
  );
}

type Place = Pick<LensTableRow, 'sample_id' | 'proxy' | 'item_index' | 'items_from_end'>;

const placeOf = ({ list, item }: Seen, proxy: ProxyName): Place => ({
  sample_id: list.sample_id,
  proxy,
  item_index: item.item_index,
  items_from_end: item.items_from_end,
});

const lensRows = (here: Place, { row, column }: Seen): LensTableRow[] =>
  Array.from({ length: row.points }, (_, point) => {
    const i = point * row.positions + column;
    return {
      ...here,
      layer: point - 1,
      logit_diff: row.capped[i]!,
      logit_diff_uncapped: row.uncapped[i]!,
      logit_diff_raw: row.raw[i]!,
    };
  });

/** The embedding, then attention and MLP of each layer, as interp/logit-lens.ts orders them. */
const contributionRows = (here: Place, { row, column }: Seen): ContributionRow[] =>
  Array.from({ length: 2 * row.points - 1 }, (_, part) => ({
    ...here,
    layer: part === 0 ? -1 : Math.floor((part - 1) / 2),
    component: part === 0 ? 'embed' : part % 2 === 1 ? 'attn' : 'mlp',
    contribution: row.contributions[part * row.positions + column]!,
  }));

type SummaryRow = Row<typeof logitLensSummary>;
type SummaryPlace = Omit<SummaryRow, 'mean' | 'ci_low' | 'ci_high' | 'n'>;

/** One value at one item, with the group that it is averaged in. */
interface Observation {
  readonly place: SummaryPlace;
  readonly topic: string;
  readonly value: number;
}

/** Means over the lists of a template, at each place from the start and from the end; clusters are topics. */
function summarise(
  lens: readonly LensTableRow[],
  contributions: readonly ContributionRow[],
  lists: readonly ListRow[],
  settings: IntervalSettings,
): SummaryRow[] {
  const byId = listsById(lists);
  const observed = (row: Place & Pick<SummaryRow, 'layer' | 'component'>, value: number) =>
    placesOf(row, byId.get(row.sample_id)!, value);
  const observations = [
    ...lens.flatMap((row) => observed({ ...row, component: null }, row.logit_diff)),
    ...contributions.flatMap((row) => observed(row, row.contribution)),
  ];
  return [...Map.groupBy(observations, ({ place }) => Object.values(place).join(' '))].map(
    ([key, rows]) => ({
      ...rows[0]!.place,
      ...clusterMean(
        { rows, value: ({ value }) => value, cluster: ({ topic }) => topic },
        `logit lens ${key}`,
        settings,
      ),
    }),
  );
}

/** A value is counted at its distance from the start, and from the end of a list that ended. */
function placesOf(
  row: Place & Pick<SummaryRow, 'layer' | 'component'>,
  { template, topic }: ListRow,
  value: number,
): Observation[] {
  const { proxy, item_index, items_from_end, layer, component } = row;
  const common = { template, proxy, layer, component };
  const fromStart = { ...common, item_index, items_from_end: null };
  const fromEnd = { ...common, item_index: null, items_from_end };
  const places = items_from_end === null ? [fromStart] : [fromStart, fromEnd];
  return places.map((place) => ({ place, topic, value }));
}
