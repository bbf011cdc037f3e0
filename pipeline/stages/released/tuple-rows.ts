import type { attributions } from '../../schema/released/attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { TupleFile } from '../../sources/released/files.ts';
import type { Tuple } from '../../sources/released/read.ts';
import type { ListRow } from '../lists-by-id.ts';
import { findList, listKey } from './list-key.ts';

export type TupleRow = Row<typeof attributions>;

/**
 * The tuples of one file, ranked in their order: within each SAE where the file lists SAEs separately, else over all.
 * @param tuplesByTopic topic → [list][tuple]
 * @throws if a tuple belongs to no list
 */
export function tupleRows(
  { file, saes, metric }: TupleFile,
  tuplesByTopic: ReadonlyMap<string, readonly (readonly Tuple[])[]>,
  lists: readonly ListRow[],
): TupleRow[] {
  const sampleIds = new Map(lists.map((list) => [listKey(list), list.sample_id]));
  return [...tuplesByTopic].flatMap(([topic, topicTuples]) =>
    topicTuples.flatMap((tuples, replicate) => {
      const sample_id = findList(sampleIds, topic, replicate, file);
      const rankings = saes ? [...Map.groupBy(tuples, ({ saeId }) => saeId).values()] : [tuples];
      return rankings.flatMap((ranking) =>
        ranking.map(({ saeId, pos, feature }, i) => ({
          sample_id,
          file,
          sae_id: saeId,
          metric,
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
