import type { CircuitAgreementRow, HeldPart, Tested } from '../../schema/circuit-agreement.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type PredictedEffect, rankWithinLists, signByMass } from '../predicted-effects.ts';
import type { TestedCircuit } from './graph-rows.ts';

/** What the graphs predict of some tests, and what was measured. */
export interface TestEffects {
  readonly tested: Tested;
  readonly held: HeldPart;
  readonly effects: readonly PredictedEffect[];
}

/** The tests of some lists, by kind. */
export const effectsOf = (lists: readonly TestedCircuit[]): TestEffects[] => [
  nodeEffects(lists, 'graph features', 'nothing'),
  nodeEffects(lists, 'graph features', 'attention patterns'),
  nodeEffects(lists, 'random features', 'nothing'),
  nodeEffects(lists, 'random features', 'attention patterns'),
  { tested: 'edges', held: 'other MLPs', effects: edgeEffects(lists) },
];

/**
 * How well the graphs predict what interventions do.
 * @param topicOf the topic of a list
 */
export function agreementRows(
  tests: readonly TestEffects[],
  topicOf: (sampleId: string) => string,
  settings: IntervalSettings,
): CircuitAgreementRow[] {
  const groups = Map.groupBy(tests, ({ tested, held }) => `${tested} ${held}`);
  return [...groups.values()]
    .map((of) => ({ ...of[0]!, effects: of.flatMap(({ effects }) => effects) }))
    .filter(({ effects }) => effects.length > 0)
    .map(({ tested, held, effects }): CircuitAgreementRow => {
      const keyed = { key: `circuit ${tested} ${held}`, settings };
      const sign = signByMass(effects, topicOf, keyed);
      const rank = rankWithinLists(effects, topicOf, keyed);
      return {
        tested,
        held,
        sign_by_mass: sign?.mean ?? null,
        ci_low: sign?.ci_low ?? null,
        ci_high: sign?.ci_high ?? null,
        rank_correlation: rank?.mean ?? null,
        rank_low: rank?.ci_low ?? null,
        rank_high: rank?.ci_high ?? null,
        mean_predicted: meanMagnitude(effects.map(({ predicted }) => predicted)),
        mean_measured: meanMagnitude(effects.map(({ effect }) => effect)),
        n_tests: effects.length,
        n: new Set(effects.map(({ sample_id }) => sample_id)).size,
      };
    });
}

const nodeEffects = (
  lists: readonly TestedCircuit[],
  tested: 'graph features' | 'random features',
  held: 'nothing' | 'attention patterns',
): TestEffects => ({
  tested,
  held,
  effects: lists.flatMap(({ circuit: { decision, own }, nodes }) =>
    nodes
      .filter(({ isRandom }) => isRandom === (tested === 'random features'))
      .map((test) => ({
        sample_id: decision.list.sample_id,
        predicted: -own.tracing.effect[test.node]!,
        effect: held === 'nothing' ? test.measured : test.attentionHeld,
      })),
  ),
});

/** Inputs of different targets are compared as shares of the sum of the magnitudes of each target's terms. */
const edgeEffects = (lists: readonly TestedCircuit[]): PredictedEffect[] =>
  lists.flatMap(({ circuit: { decision }, edges }) =>
    edges.map(({ edge: { weight, share }, measured }) => {
      const whole = Math.abs(weight) / share;
      return {
        sample_id: decision.list.sample_id,
        predicted: -weight / whole,
        effect: measured / whole,
      };
    }),
  );

const meanMagnitude = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
