import type { ActiveFeature } from '../../interp/zero-ablation.ts';
import { MAPPED_PROXY } from '../../lists/proxies.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { Target } from './target.ts';

export type Attribution = Row<typeof attributions>;

/** A feature that is zeroed at one position. */
export interface Edit extends ActiveFeature {
  /** Null for a random control. */
  readonly attribution: number | null;
  /** Rank by attribution, from 1; of a random control, the rank of the feature that it matches. */
  readonly rank: number;
}

/** The features that are zeroed in one list by one SAE, under one protocol. */
export interface Edits {
  readonly ablated: readonly Edit[];
  readonly random: readonly Edit[];
}

export interface PlannedEdits {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly edits: Edits;
}

/** The ranking among the positions that a protocol can edit. */
const RANK_COLUMNS = { 'from-prompt': 'rank_in_prompt', continue: 'rank_in_prefix' } as const;

/** SQL: the rows of `attributions` that `mostAttributed` chooses from. */
export const CANDIDATES = `metric = '${MAPPED_PROXY}' AND attribution > 0
  AND (rank_in_prompt IS NOT NULL OR rank_in_prefix IS NOT NULL)`;

/**
 * The features to which the end of a list is most attributed, at positions that the protocol can edit; largest first.
 * @param rows candidates of one list and SAE
 */
export function mostAttributed(rows: readonly Attribution[], protocol: Protocol): Edit[] {
  const rank = RANK_COLUMNS[protocol];
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

/** Tolerance of the match, as a share of the matched activation. */
const TOLERANCE = 0.1;

/**
 * A random control for each edit: another feature active at the same position with a similar activation. It is drawn
 * from the features whose distance is within `TOLERANCE` of the nearest one's. No feature is drawn twice at a position,
 * and no edit is drawn. Edits for which a position has no feature left get no control.
 */
export function matchAtRandom(
  edits: readonly Edit[],
  active: readonly ActiveFeature[],
  random: () => number,
): Edit[] {
  const keyOf = ({ pos, feature }: ActiveFeature) => `${pos} ${feature}`;
  const taken = new Set(edits.map(keyOf));
  return edits.flatMap(({ pos, featureAct, rank }) => {
    const free = active.filter((other) => other.pos === pos && !taken.has(keyOf(other)));
    if (free.length === 0) return [];
    const distance = (other: ActiveFeature) => Math.abs(other.featureAct - featureAct);
    const nearest = Math.min(...free.map(distance));
    const near = free.filter((other) => distance(other) <= nearest + TOLERANCE * featureAct);
    const chosen = near[Math.floor(random() * near.length)]!;
    taken.add(keyOf(chosen));
    return [{ ...chosen, attribution: null, rank }];
  });
}

export const editRow = (
  key: Pick<EditRow, 'sample_id' | 'sae_id' | 'protocol' | 'arm'>,
  { pos, feature, featureAct, attribution, rank }: Edit,
): EditRow => ({ ...key, pos, feature, feature_act: featureAct, attribution, rank });
