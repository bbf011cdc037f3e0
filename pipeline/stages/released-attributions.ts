import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { attributions } from '../schema/released/attributions.ts';
import { clusterCells } from '../schema/released/cluster-cells.ts';
import { tupleCounts } from '../schema/released/tuple-counts.ts';
import { tupleTops } from '../schema/released/tuple-tops.ts';
import type { Row } from '../schema/table.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { TUPLE_FILES, type TupleFile } from '../sources/released/files.ts';
import { readTuples } from '../sources/released/read.ts';
import { type Cell, type MapTables, mapSae } from './cluster/map-sae.ts';
import { defineStage } from './define.ts';
import {
  type ListRow,
  lastItemByList,
  listsAtTemperature,
  prefixLength,
  topicsById,
} from './lists-by-id.ts';

/** Features in fewer lists are not mapped: a column of one cell joins no cluster of any use. */
const LEAST_LISTS = 3;

/** Read the attribution tuples, count them, and map lists against features as the author's code does, by counting. */
export const releasedAttributionsStage = defineStage({
  name: 'released-attributions',
  source: import.meta.url,
  settings: ['released'],
  needs: ['released'],
  reads: [completions, items],
  writes: [
    attributions,
    tupleCounts,
    tupleTops,
    clusterMaps,
    clusterMerges,
    clusterCells,
    topicHeat,
  ],

  async run({ study, released, read, write, progress }) {
    const lists = listsAtTemperature(await read(completions), study.released.temperature, [
      'short',
    ]);
    const prefixes = new Map(
      [...lastItemByList(await read(items))].map(([id, item]) => [id, prefixLength(item)]),
    );
    const topicOf = topicsById(lists);
    const rows: Attributed[] = [];
    const counts: Row<typeof tupleCounts>[] = [];
    const tops: Row<typeof tupleTops>[] = [];
    const maps: MapTables = { maps: [], merges: [], cells: [], heat: [] };
    const samples = lists.map(({ sample_id }) => sample_id);
    for (const [i, of] of TUPLE_FILES.entries()) {
      const read = await rowsOfFile(of, released.path(of.file), lists);
      rows.push(...read);
      for (const [id, own] of Map.groupBy(read, ({ sae_id }) => sae_id)) {
        counts.push(countRow(own, { lists, topicOf, prefixes }));
        tops.push(...topRows(own, topicOf));
        if (of.mapped.includes(id))
          mapSae({ saeId: id, cells: cellsOf(own), samples, topicOf }, maps);
      }
      progress(i + 1, TUPLE_FILES.length, 'files');
    }
    write(attributions, rows);
    write(tupleCounts, counts);
    write(tupleTops, tops);
    write(clusterMaps, maps.maps);
    write(clusterMerges, maps.merges);
    write(clusterCells, maps.cells);
    write(topicHeat, maps.heat);
  },
});

type Attributed = Row<typeof attributions>;

async function rowsOfFile(
  of: TupleFile,
  path: string,
  lists: readonly ListRow[],
): Promise<Attributed[]> {
  const byPlace = new Map(lists.map((list) => [`${list.topic} ${list.replicate}`, list.sample_id]));
  const topics = await readTuples(path, of);
  return [...topics].flatMap(([topic, samples]) =>
    samples.flatMap((tuples, replicate) => {
      const sample_id = byPlace.get(`${topic} ${replicate}`);
      if (sample_id === undefined) throw new Error(`${path}: no list ${topic} ${replicate}`);
      const ranked = of.saes ? [...Map.groupBy(tuples, ({ saeId }) => saeId).values()] : [tuples];
      return ranked.flatMap((list) =>
        list.map(({ saeId, pos, feature }, i) => ({
          sample_id,
          file: of.file,
          sae_id: saeId,
          metric: of.metric,
          pos,
          feature,
          feature_act: null,
          attribution: null,
          rank: i + 1,
        })),
      );
    }),
  );
}

/** The lists that tuples are of. */
interface TupleLists {
  readonly lists: readonly ListRow[];
  readonly topicOf: ReadonlyMap<string, string>;
  /** Tokens up to the last item's marker, by list. */
  readonly prefixes: ReadonlyMap<string, number>;
}

function countRow(
  rows: readonly Attributed[],
  { lists, topicOf, prefixes }: TupleLists,
): Row<typeof tupleCounts> {
  const promptOf = new Map(lists.map((list) => [list.sample_id, list.n_prompt_tokens]));
  const topicsOf = [...Map.groupBy(rows, ({ feature }) => feature).values()].map(
    (of) => new Set(of.map(({ sample_id }) => topicOf.get(sample_id))).size,
  );
  const every = new Set(topicOf.values()).size;
  const count = (from: (row: Attributed) => number, to: (row: Attributed) => number) =>
    rows.filter((row) => row.pos >= from(row) && row.pos < to(row)).length;
  const prompt = ({ sample_id }: Attributed) => promptOf.get(sample_id)!;
  const last = ({ sample_id }: Attributed) => prefixes.get(sample_id)!;
  const { file, sae_id, metric } = rows[0]!;
  return {
    file,
    sae_id,
    metric,
    n_lists: new Set(rows.map(({ sample_id }) => sample_id)).size,
    n_tuples: rows.length,
    n_features: topicsOf.length,
    n_features_everywhere: topicsOf.filter((n) => n === every).length,
    n_features_one_topic: topicsOf.filter((n) => n === 1).length,
    n_first: count(
      () => 0,
      () => 1,
    ),
    n_prompt: count(() => 1, prompt),
    n_list: count(prompt, last),
    n_last_item: count(last, () => Number.POSITIVE_INFINITY),
  };
}

const TOP = 10;

function topRows(
  rows: readonly Attributed[],
  topicOf: ReadonlyMap<string, string>,
): Row<typeof tupleTops>[] {
  const { file, sae_id } = rows[0]!;
  const later = rows.filter(({ pos }) => pos > 0);
  return [...Map.groupBy(later, ({ sample_id }) => topicOf.get(sample_id)!)].map(([topic, of]) => {
    const counts = [...Map.groupBy(of, ({ feature }) => feature)].map(
      ([feature, { length }]) => [feature, length] as const,
    );
    const first = (order: (a: readonly [number, number], b: readonly [number, number]) => number) =>
      counts
        .toSorted(order)
        .slice(0, TOP)
        .map(([feature]) => feature);
    return {
      file,
      sae_id,
      topic,
      smallest: first(([a], [b]) => a - b),
      most_frequent: first(([a, n], [b, m]) => m - n || a - b),
    };
  });
}

/** How many tuples each feature has in each list. */
function cellsOf(rows: readonly Attributed[]): Cell[] {
  return [...Map.groupBy(rows, ({ feature }) => feature)].flatMap(([feature, of]) => {
    const groupByList = [...Map.groupBy(of, ({ sample_id }) => sample_id)];
    if (groupByList.length < LEAST_LISTS) return [];
    return groupByList.map(([sample_id, { length }]) => ({ sample_id, feature, value: length }));
  });
}
