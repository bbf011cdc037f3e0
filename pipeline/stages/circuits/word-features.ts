import type { TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import { featureId } from '../../sae/sae.ts';
import type { CircuitWordFeatureRow } from '../../schema/circuit-word-features.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { ListCircuit } from './list-circuit.ts';
import { type WordChange, wordChanges } from './word-changes.ts';

/** Features at places that are listed. */
const MOST = 100;

/** How one list's activations of one feature at one place change with the word. */
export interface PlacedChange {
  readonly feature_id: string;
  readonly sae_id: string;
  readonly layer: number;
  readonly place: string;
  /** What the changes add to the target together, by the graphs. */
  readonly carried: number;
  /** The greatest activation, in the run itself and in that with the other word. */
  readonly act: number;
  readonly otherAct: number;
}

/** The changes of one list, by feature and place. */
export function placedChanges(
  { transcoders, features }: TracedCircuits,
  { decision, own, other }: ListCircuit,
): PlacedChange[] {
  const byPlace = Map.groupBy(
    wordChanges(own, other),
    ({ layer, pos, feature }) => `${layer} ${feature} ${decision.places[pos]}`,
  );
  return [...byPlace.values()].map((changes): PlacedChange => {
    const { layer, feature, pos } = changes[0]!;
    const coder = transcoders[layer]!;
    const greatest = (value: (change: WordChange) => number) => Math.max(...changes.map(value));
    return {
      feature_id: featureId(coder.id, features[layer]![feature]!),
      sae_id: coder.id,
      layer,
      place: decision.places[pos]!,
      carried: sum(changes.map(({ carried }) => carried)),
      act: greatest(({ act }) => act),
      otherAct: greatest(({ otherAct }) => otherAct),
    };
  });
}

/** The changes of a list about a topic. */
export interface ChangedList {
  readonly topic: string;
  readonly changes: readonly PlacedChange[];
}

/** The features at places that carry most of the word's effect, by the graphs, over all lists. */
export function wordFeatureRows(
  lists: readonly ChangedList[],
  settings: IntervalSettings,
): CircuitWordFeatureRow[] {
  const placed = lists.flatMap(({ changes }, list) => changes.map((change) => ({ list, change })));
  const groups = [
    ...Map.groupBy(placed, ({ change }) => `${change.feature_id} ${change.place}`).values(),
  ];
  const total = (of: typeof placed) => Math.abs(sum(of.map(({ change }) => change.carried)));
  return groups
    .toSorted((a, b) => total(b) - total(a))
    .slice(0, MOST)
    .map((of): CircuitWordFeatureRow => {
      const { feature_id, sae_id, layer, place } = of[0]!.change;
      const carried = new Map(of.map(({ list, change }) => [list, change.carried]));
      const mean = clusterMean(
        {
          rows: lists.map(({ topic }, list) => ({ topic, value: carried.get(list) ?? 0 })),
          value: ({ value }) => value,
          cluster: ({ topic }) => topic,
        },
        `carried by ${feature_id} at ${place}`,
        settings,
      );
      const meanOf = (value: (change: PlacedChange) => number) =>
        sum(of.map(({ change }) => value(change))) / of.length;
      return {
        feature_id,
        sae_id,
        layer,
        place,
        carried: mean.mean,
        ci_low: mean.ci_low,
        ci_high: mean.ci_high,
        own_activation: meanOf(({ act }) => act),
        other_activation: meanOf(({ otherAct }) => otherAct),
        share_lists: of.length / lists.length,
        n: lists.length,
      };
    });
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
