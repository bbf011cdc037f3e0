import type { ActiveFeature, FeatureEdit } from '../../interp/set-features.ts';
import { MAPPED_PROXY } from '../../lists/proxies.ts';
import type { EditArm, Protocol } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { SwapAttributionRow } from '../../schema/swap-attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { Target } from './target.ts';

export type Attribution = Row<typeof attributions>;

/** A feature that is set to another value at one position: 0 where it is zeroed. */
export interface Edit extends FeatureEdit {
  /** Null for a random control. */
  readonly attribution: number | null;
  /** Rank by attribution, from 1; of a random control, the rank of the feature that it matches. */
  readonly rank: number;
}

/** The features that are edited in one list by one SAE, under one protocol. */
export type Edits = Readonly<Record<EditArm, readonly Edit[]>>;

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
 * The features to which the end of a list is most attributed, at positions that the protocol can edit, to be zeroed;
 * largest first.
 * @param rows candidates of one list and SAE
 */
export const mostAttributed = (rows: readonly Attribution[], protocol: Protocol): Edit[] =>
  ranked(rows, protocol).map((row) => ({ ...editOf(row, protocol), value: 0 }));

/**
 * The features through which the prompt's qualifier adds most to the end of a list, at positions that the protocol can
 * edit, to be set to the values that they have when it is swapped; largest first.
 * @param rows of one list and SAE
 */
export const mostSwapped = (rows: readonly SwapAttributionRow[], protocol: Protocol): Edit[] =>
  ranked(rows, protocol).map((row) => ({ ...editOf(row, protocol), value: row.swapped_act }));

type Ranked = Pick<
  Attribution,
  'pos' | 'feature' | 'feature_act' | 'attribution' | 'rank_in_prompt' | 'rank_in_prefix'
>;

function ranked<R extends Ranked>(rows: readonly R[], protocol: Protocol): R[] {
  const rank = RANK_COLUMNS[protocol];
  return rows.filter((row) => row[rank] !== null).sort((a, b) => a[rank]! - b[rank]!);
}

const editOf = (row: Ranked, protocol: Protocol): Omit<Edit, 'value'> => ({
  pos: row.pos,
  feature: row.feature,
  featureAct: row.feature_act,
  attribution: row.attribution,
  rank: row[RANK_COLUMNS[protocol]]!,
});

/** Every feature that is active at some positions, to be zeroed. */
export const zeroed = (active: readonly ActiveFeature[]): FeatureEdit[] =>
  active.map((feature) => ({ ...feature, value: 0 }));

/** Every feature whose value changes at some positions when the qualifier is swapped, to be set to the other value. */
export function substituted(
  clean: readonly ActiveFeature[],
  swapped: readonly ActiveFeature[],
): FeatureEdit[] {
  const values = new Map(swapped.map((active) => [keyOf(active), active.featureAct]));
  const active = new Set(clean.map(keyOf));
  const others = swapped.filter((other) => !active.has(keyOf(other)));
  return [
    ...clean.map((feature) => ({ ...feature, value: values.get(keyOf(feature)) ?? 0 })),
    ...others.map((feature) => ({ ...feature, value: feature.featureAct, featureAct: 0 })),
  ].filter(({ value, featureAct }) => value !== featureAct);
}

/** Tolerance of the match, as a share of the matched change. */
const TOLERANCE = 0.1;

/**
 * A random control for each edit: another feature that can be edited at the same position, by about as much. It is drawn
 * from the features whose distance is within `TOLERANCE` of the nearest one's. No feature is drawn twice at a position,
 * and no edit is drawn. Edits for which a position has no feature left get no control.
 * @param candidates edits of other features
 */
export function matchAtRandom(
  edits: readonly Edit[],
  candidates: readonly FeatureEdit[],
  random: () => number,
): Edit[] {
  const taken = new Set(edits.map(keyOf));
  return edits.flatMap((edit) => {
    const free = candidates.filter((other) => other.pos === edit.pos && !taken.has(keyOf(other)));
    if (free.length === 0) return [];
    const distance = (other: FeatureEdit) => Math.abs(sizeOf(other) - sizeOf(edit));
    const nearest = Math.min(...free.map(distance));
    const near = free.filter((other) => distance(other) <= nearest + TOLERANCE * sizeOf(edit));
    const chosen = near[Math.floor(random() * near.length)]!;
    taken.add(keyOf(chosen));
    return [{ ...chosen, attribution: null, rank: edit.rank }];
  });
}

const keyOf = ({ pos, feature }: Pick<ActiveFeature, 'pos' | 'feature'>): string =>
  `${pos} ${feature}`;

/** By how much an edit changes its feature. */
const sizeOf = ({ featureAct, value }: FeatureEdit): number => Math.abs(value - featureAct);

export const editRow = (
  key: Pick<EditRow, 'sample_id' | 'sae_id' | 'protocol' | 'arm'>,
  { pos, feature, featureAct, value, attribution, rank }: Edit,
): EditRow => ({ ...key, pos, feature, feature_act: featureAct, value, attribution, rank });
