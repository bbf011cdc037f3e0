import type { ActiveFeature, FeatureEdit } from '../../interp/set-features.ts';
import type { EditArm, Protocol } from '../../schema/ablation-columns.ts';
import type { EditRow } from '../../schema/ablation-edits.ts';
import type { ActiveRow } from '../../schema/active-features.ts';
import type { Target } from './target.ts';

/** A feature that an intervention can set to another value at one position. */
export interface Editable extends FeatureEdit {
  /** What its value adds to the metric; null where it was not attributed. */
  readonly attribution: number | null;
}

/** A feature that is set to another value. */
export interface Edit extends Editable {
  /** Rank by attribution, from 1; null for a control. */
  readonly rank: number | null;
}

/** The features that are edited in one list by one SAE, under one protocol and arm. */
export interface PlannedEdits {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly arm: EditArm;
  /** Of a control, or the split of features chosen on other topics; null where there is one set of features only. */
  readonly draw: number | null;
  /** Largest first, as many as the largest dose; of a control, in the order of their positions. */
  readonly edits: readonly Edit[];
  /** Number of features that the intervention can change at the edited positions. */
  readonly nPool: number;
}

/** What sets features to other values: to zero, or to those that they have after the swapped prompt. */
export type Intervention = 'zero' | 'swap';

/** The intervention of each arm. */
export const interventionOf = (arm: EditArm): Intervention =>
  arm.endsWith('substituted') ? 'swap' : 'zero';

/** A feature that changes along a path as one that can be set back to where the path starts. */
export const editableOf = ({
  pos,
  feature,
  feature_act: featureAct,
  start_act: value,
  attribution,
}: ActiveRow): Editable => ({ pos, feature, featureAct, value, attribution });

/** Whether an edit changes anything. */
export const changes = ({ value, featureAct }: FeatureEdit): boolean => value !== featureAct;

/** Every feature that is active at some positions, to be zeroed. */
export const zeroed = (active: readonly ActiveFeature[]): FeatureEdit[] =>
  active.map((feature) => ({ ...feature, value: 0 }));

/** Every feature whose value changes at some positions when the qualifier is swapped, to be set to the other value. */
export function substituted(
  clean: readonly ActiveFeature[],
  swapped: readonly ActiveFeature[],
): FeatureEdit[] {
  const values = new Map(swapped.map((active) => [cellOf(active), active.featureAct]));
  const active = new Set(clean.map(cellOf));
  const others = swapped.filter((other) => !active.has(cellOf(other)));
  return [
    ...clean.map((feature) => ({ ...feature, value: values.get(cellOf(feature)) ?? 0 })),
    ...others.map((feature) => ({ ...feature, value: feature.featureAct, featureAct: 0 })),
  ].filter(changes);
}

/**
 * The features that add most to the metric, ranked; none that lower it.
 * @param pool what an intervention can change in one list
 */
export const mostAttributed = (pool: readonly Editable[], most: number): Edit[] =>
  pool
    .filter((editable) => changes(editable) && editable.attribution! > 0)
    .toSorted((a, b) => b.attribution! - a.attribution! || a.pos - b.pos || a.feature - b.feature)
    .slice(0, most)
    .map((editable, i) => ({ ...editable, rank: i + 1 }));

/** Identifies a feature at a position. */
export const cellOf = ({ pos, feature }: Pick<ActiveFeature, 'pos' | 'feature'>): string =>
  `${pos} ${feature}`;

export const editRow = (
  sae_id: string,
  { target, protocol, arm, draw }: PlannedEdits,
  { pos, feature, featureAct, value, attribution, rank }: Edit,
): EditRow => ({
  sample_id: target.list.sample_id,
  sae_id,
  protocol,
  arm,
  draw,
  pos,
  feature,
  feature_act: featureAct,
  value,
  attribution,
  rank,
});
