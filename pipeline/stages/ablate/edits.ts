import type { ActiveFeature } from '../../interp/zero-ablation.ts';
import { MAPPED_PROXY } from '../../lists/proxies.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { Row } from '../../schema/table.ts';

export type Attribution = Row<typeof attributions>;

/** A feature that is zeroed at a position. */
export interface Edit extends ActiveFeature {
  /** None where it was taken at random. */
  readonly attribution: number | null;
  /** Its place by attribution, from 1, or that of the one that it stands in for. */
  readonly rank: number;
}

const RANKS = { 'from-prompt': 'rank_in_prompt', continue: 'rank_in_prefix' } as const;

/** SQL: the rows of attributions that `mostAttributed` chooses from. */
export const CANDIDATES = `metric = '${MAPPED_PROXY}' AND attribution > 0
  AND (rank_in_prompt IS NOT NULL OR rank_in_prefix IS NOT NULL)`;

/** The features of one list and SAE that speak most for its end, where the protocol can edit them. */
export function mostAttributed(rows: readonly Attribution[], protocol: Protocol): Edit[] {
  const rank = RANKS[protocol];
  return rows
    .filter((row) => row[rank] !== null)
    .sort((a, b) => a[rank]! - b[rank]!)
    .map((row) => ({
      pos: row.pos,
      feature: row.feature,
      featureAct: row.feature_act,
      attribution: row.attribution,
      rank: row[rank]!,
    }));
}

/** Activations that lie this near to each other, as a share of the wanted one, are taken for equal. */
const NEAR = 0.1;

/**
 * For each edit another feature that is active at its position, of the nearest activation, none twice and none of
 * the edits. Among those about as near, one is taken at random. Fewer where a position has no more.
 */
export function matchAtRandom(
  edits: readonly Edit[],
  active: readonly ActiveFeature[],
  random: () => number,
): Edit[] {
  const placeOf = ({ pos, feature }: ActiveFeature) => `${pos} ${feature}`;
  const taken = new Set(edits.map(placeOf));
  return edits.flatMap(({ pos, featureAct, rank }) => {
    const free = active.filter((at) => at.pos === pos && !taken.has(placeOf(at)));
    if (free.length === 0) return [];
    const distance = (at: ActiveFeature) => Math.abs(at.featureAct - featureAct);
    const nearest = Math.min(...free.map(distance));
    const near = free.filter((at) => distance(at) <= nearest + NEAR * featureAct);
    const chosen = near[Math.floor(random() * near.length)]!;
    taken.add(placeOf(chosen));
    return [{ ...chosen, attribution: null, rank }];
  });
}

/** What is zeroed of one list by one SAE, under one protocol. */
export interface Edits {
  readonly ablated: readonly Edit[];
  readonly random: readonly Edit[];
}

export const editRow = (
  key: Pick<EditRow, 'sample_id' | 'sae_id' | 'protocol' | 'arm'>,
  { pos, feature, featureAct, attribution, rank }: Edit,
): EditRow => ({ ...key, pos, feature, feature_act: featureAct, attribution, rank });
