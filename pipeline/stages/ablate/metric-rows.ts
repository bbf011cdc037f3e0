import { chosenArmOf, type EditArm } from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { variance } from '../../stats/variance.ts';
import { sharedWith } from './controls.ts';
import type { MeasuredEdits } from './forced-metric.ts';

/** The measured effects of one SAE: one row for each list and chosen arm, and one for all draws of each control. */
export function metricRows(
  saeId: string,
  measured: readonly MeasuredEdits[],
  k: number,
): MetricRow[] {
  const groups = Map.groupBy(measured, (one) => keyOf(one, one.planned.arm));
  return [...groups.values()].map((draws): MetricRow => {
    const { planned, predicted } = draws[0]!;
    const chosenArm = chosenArmOf(planned.arm);
    const chosen = chosenArm === undefined ? null : groups.get(keyOf(draws[0]!, chosenArm))![0]!;
    const effects = draws.map((draw) => draw.measured);
    return {
      sample_id: planned.target.list.sample_id,
      sae_id: saeId,
      protocol: planned.protocol,
      arm: planned.arm,
      split: splitOf(draws[0]!),
      k,
      n_edits: meanOf(draws.map(({ nEdits }) => nEdits)),
      n_pool: planned.nPool,
      n_shared: meanOf(draws.map((draw) => sharedWith(firstOf(draw), firstOf(chosen ?? draw)))),
      n_draws: draws.length,
      predicted,
      measured: meanOf(effects),
      sd: chosen === null ? null : deviation(effects),
      share_as_large: chosen === null ? null : shareAsLarge(effects, chosen.measured),
    };
  });
}

/** Draws of one control are one group; splits of held-out features are not, as each has its own features. */
const keyOf = (measured: MeasuredEdits, arm: EditArm): string => {
  const { target, protocol } = measured.planned;
  return [target.list.sample_id, protocol, arm, splitOf(measured)].join(' ');
};

const splitOf = ({ planned: { arm, draw } }: MeasuredEdits): number | null =>
  arm.startsWith('held-out') ? draw : null;

/** The edits that were measured: those of the study's k. */
const firstOf = ({ planned, nEdits }: MeasuredEdits) => planned.edits.slice(0, nEdits);

/** Of the draws, the share whose effect has the sign of the chosen features' effect and is no smaller. */
const shareAsLarge = (effects: readonly number[], chosen: number): number =>
  effects.filter((effect) => effect * Math.sign(chosen) >= Math.abs(chosen)).length /
  effects.length;

const deviation = (values: readonly number[]): number | null => {
  const squared = variance(values);
  return squared === null ? null : Math.sqrt(squared);
};

const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
