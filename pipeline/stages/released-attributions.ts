import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { attributions } from '../schema/released/attributions.ts';
import { clusterCells } from '../schema/released/cluster-cells.ts';
import { namedFeatures } from '../schema/released/named-features.ts';
import { tupleCounts } from '../schema/released/tuple-counts.ts';
import { tupleTops } from '../schema/released/tuple-tops.ts';
import type { Row } from '../schema/table.ts';
import { tokens } from '../schema/tokens.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { TUPLE_FILES } from '../sources/released/files.ts';
import { readTuples } from '../sources/released/read.ts';
import { type MapTables, mapSae } from './cluster/map-sae.ts';
import { defineStage } from './define.ts';
import { groupByList, lastItemByList, listsAtTemperature } from './lists-by-id.ts';
import { namedFeatureRows } from './released/named-features.ts';
import { countCells, countRow, knownTuples, tupleLists } from './released/tuple-counts.ts';
import { type TupleRow, tupleRows } from './released/tuple-rows.ts';
import { topRows } from './released/tuple-tops.ts';

/**
 * Read the released attribution tuples, count them, and map lists against features as the author's code does: a cell is
 * the number of tuples of a feature in a list.
 */
export const releasedAttributionsStage = defineStage({
  name: 'released-attributions',
  source: import.meta.url,
  settings: ['released'],
  needs: ['released'],
  reads: [completions, items, tokens],
  writes: [
    attributions,
    tupleCounts,
    tupleTops,
    namedFeatures,
    clusterMaps,
    clusterMerges,
    clusterCells,
    topicHeat,
  ],

  async run({ study, released, read, write, progress }) {
    const { temperature } = study.released;
    const rows = listsAtTemperature(await read(completions), temperature, ['short']);
    const lastItems = lastItemByList(await read(items));
    const lists = tupleLists(rows, lastItems);
    const samples = rows.map(({ sample_id }) => sample_id);
    const tuples: TupleRow[] = [];
    const areKnown = knownTuples();
    const counts: Row<typeof tupleCounts>[] = [];
    const tops: Row<typeof tupleTops>[] = [];
    const maps: MapTables = { maps: [], merges: [], cells: [], heat: [] };
    for (const [i, file] of TUPLE_FILES.entries()) {
      const fileRows = tupleRows(file, await readTuples(released.path(file.file), file), rows);
      tuples.push(...fileRows);
      for (const [saeId, saeRows] of Map.groupBy(fileRows, ({ sae_id }) => sae_id)) {
        counts.push(countRow(saeRows, lists, areKnown(saeRows)));
        tops.push(...topRows(saeRows, lists.topicOf));
        if (file.mappedSaes.includes(saeId))
          mapSae({ saeId, cells: countCells(saeRows), samples, topicOf: lists.topicOf }, maps);
      }
      progress(i + 1, TUPLE_FILES.length, 'files');
    }
    write(attributions, tuples);
    write(tupleCounts, counts);
    write(tupleTops, tops);
    write(
      namedFeatures,
      namedFeatureRows(tuples, {
        ...lists,
        metricPositions: new Map(
          [...lastItems].map(([id, { pos_last_token }]) => [id, pos_last_token]),
        ),
        promptTokens: tokensByList(await read(tokens, 'is_prompt')),
        maps: maps.maps,
      }),
    );
    write(clusterMaps, maps.maps);
    write(clusterMerges, maps.merges);
    write(clusterCells, maps.cells);
    write(topicHeat, maps.heat);
  },
});

/** [position]: the text of each token, by `sample_id`. */
const tokensByList = (rows: readonly Row<typeof tokens>[]): Map<string, string[]> =>
  new Map(
    [...groupByList(rows)].map(([id, of]) => [
      id,
      of.toSorted((a, b) => a.pos - b.pos).map(({ token }) => token),
    ]),
  );
