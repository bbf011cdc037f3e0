import type { CircuitAgreementRow, HeldPart, Tested } from '../../schema/circuit-agreement.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { type PredictedEffect, rankWithinLists, signByMass } from '../predicted-effects.ts';
import type { TestedCircuit } from './graph-rows.ts';

/** How well the graphs predict what interventions do. */
export function agreementRows(
  lists: readonly TestedCircuit[],
  settings: IntervalSettings,
): CircuitAgreementRow[] {
  const topicOf = new Map(
    lists.map(({ circuit: { decision } }) => [decision.list.sample_id, decision.list.topic]),
  );
  const groups: readonly [Tested, HeldPart, PredictedEffect[]][] = [
    ['graph features', 'nothing', nodeEffects(lists, false, 'measured')],
    ['graph features', 'attention patterns', nodeEffects(lists, false, 'attentionHeld')],
    ['random features', 'nothing', nodeEffects(lists, true, 'measured')],
    ['random features', 'attention patterns', nodeEffects(lists, true, 'attentionHeld')],
    ['edges', 'other MLPs', edgeEffects(lists)],
  ];
  return groups
    .filter(([, , effects]) => effects.length > 0)
    .map(([tested, held, effects]): CircuitAgreementRow => {
      const keyed = { key: `circuit ${tested} ${held}`, settings };
      const topic = (id: string) => topicOf.get(id)!;
      const sign = signByMass(effects, topic, keyed);
      const rank = rankWithinLists(effects, topic, keyed);
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
  random: boolean,
  measured: 'measured' | 'attentionHeld',
): PredictedEffect[] =>
  lists.flatMap(({ circuit: { decision, own }, nodes }) =>
    nodes
      .filter(({ isRandom }) => isRandom === random)
      .map((test) => ({
        sample_id: decision.list.sample_id,
        predicted: -own.tracing.effect[test.node]!,
        effect: test[measured],
      })),
  );

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
