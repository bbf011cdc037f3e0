import type { TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import { featureId } from '../../sae/sae.ts';
import type { CircuitWordFeatureRow } from '../../schema/circuit-word-features.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { ListCircuit } from './list-circuit.ts';
import { type WordChange, wordChanges } from './word-changes.ts';

/** Features at places that are listed. */
const MOST = 100;

/** One list's changes of one feature at one place. */
interface PlacedChanges {
  readonly list: number;
  readonly changes: readonly WordChange[];
}

/** The features at places that carry most of the word's effect, by the graphs, over all lists. */
export function wordFeatureRows(
  { transcoders, features }: TracedCircuits,
  lists: readonly ListCircuit[],
  settings: IntervalSettings,
): CircuitWordFeatureRow[] {
  const placed = lists.flatMap(({ decision, own, other }, list) => {
    const byPlace = Map.groupBy(
      wordChanges(own, other),
      ({ layer, pos, feature }) => `${layer} ${feature} ${decision.places[pos]}`,
    );
    return [...byPlace].map(([key, changes]) => ({ key, list, changes }));
  });
  const groups = [...Map.groupBy(placed, ({ key }) => key).values()];
  const total = (of: readonly PlacedChanges[]) =>
    Math.abs(sum(of.map(({ changes }) => carriedBy(changes))));
  return groups
    .toSorted((a, b) => total(b) - total(a))
    .slice(0, MOST)
    .map((of): CircuitWordFeatureRow => {
      const { layer, feature, pos } = of[0]!.changes[0]!;
      const coder = transcoders[layer]!;
      const id = featureId(coder.id, features[layer]![feature]!);
      const place = lists[of[0]!.list]!.decision.places[pos]!;
      const carried = lists.map((_, list) => {
        const found = of.find((each) => each.list === list);
        return { list, value: found ? carriedBy(found.changes) : 0 };
      });
      const mean = clusterMean(
        {
          rows: carried,
          value: ({ value }) => value,
          cluster: ({ list }) => lists[list]!.decision.list.topic,
        },
        `carried by ${id} at ${place}`,
        settings,
      );
      return {
        feature_id: id,
        sae_id: coder.id,
        layer,
        place,
        carried: mean.mean,
        ci_low: mean.ci_low,
        ci_high: mean.ci_high,
        own_activation: meanOf(of, ({ act }) => act),
        other_activation: meanOf(of, ({ otherAct }) => otherAct),
        share_lists: of.length / lists.length,
        n: lists.length,
      };
    });
}

const carriedBy = (changes: readonly WordChange[]): number =>
  sum(changes.map(({ carried }) => carried));

/** Mean over lists of the greatest value. */
const meanOf = (lists: readonly PlacedChanges[], value: (change: WordChange) => number): number =>
  sum(lists.map(({ changes }) => Math.max(...changes.map(value)))) / lists.length;

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
