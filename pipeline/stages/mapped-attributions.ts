import type { TableAccess } from '../engine/stage.ts';
import { MAPPED_PROXY } from '../lists/proxies.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import type { Row } from '../schema/table.ts';
import { topicsById } from './lists-by-id.ts';

/** Attributions of the mapped proxy, which feature maps and feature families are made from. */
export interface MappedAttributions {
  /** By SAE id. */
  readonly rowsOf: ReadonlyMap<string, readonly MappedAttribution[]>;
  /** `sample_id` of every attributed list. */
  readonly samples: readonly string[];
  /** By `sample_id`. */
  readonly topicOf: ReadonlyMap<string, string>;
}

/** A feature that is among the most attributed of a list. */
export type MappedAttribution = Pick<
  Row<typeof featureAttributions>,
  'sample_id' | 'sae_id' | 'feature'
>;

export async function readMappedAttributions({
  read,
  readParts,
}: Pick<TableAccess, 'read' | 'readParts'>): Promise<MappedAttributions> {
  const topicOf = topicsById(await read(completions));
  const rows: MappedAttribution[] = [];
  const keep = (part: readonly MappedAttribution[]) => {
    for (const { sample_id, sae_id, feature } of part) rows.push({ sample_id, sae_id, feature });
  };
  await readParts(featureAttributions, keep, `metric = '${MAPPED_PROXY}'`);
  return {
    rowsOf: Map.groupBy(rows, ({ sae_id }) => sae_id),
    samples: [...new Set(rows.map(({ sample_id }) => sample_id))],
    topicOf,
  };
}
