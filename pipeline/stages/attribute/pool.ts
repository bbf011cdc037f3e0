import type { PooledFeature } from '../../interp/attribution/pool.ts';
import type { AttributedList, AttributionTables } from './rows.ts';

/** Append what one list has at the positions of its most attributed features. */
export function appendPool(
  out: AttributionTables,
  { key: { sample_id, sae_id }, path }: AttributedList,
  pool: readonly PooledFeature[],
): void {
  for (const { pos, feature, featureAct, startAct, attribution } of pool)
    out.pool.push({
      sample_id,
      sae_id,
      path,
      pos,
      feature,
      feature_act: featureAct,
      start_act: startAct,
      attribution,
    });
}
