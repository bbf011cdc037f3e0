import type { Cell } from '../../interp/circuit/splices.ts';
import type { TracedCircuit } from '../../interp/circuit/trace-circuits.ts';

/** A feature at a position whose activation differs between a run and the same with the other word. */
export interface WordChange extends Cell {
  /** In the run itself. */
  readonly act: number;
  /** In the run with the other word. */
  readonly otherAct: number;
  /**
   * What the difference adds to the target, by the graphs: the difference times the effect of a unit, in the run's graph or,
   * where the feature is not active there, in the other's.
   */
  readonly carried: number;
}

/** All differences between two runs of the same tokens but one, in the order of their layers and positions. */
export function wordChanges(run: TracedCircuit, other: TracedCircuit): WordChange[] {
  return run.layers.flatMap((layer, l) => {
    const [own, others] = [actsOf(run, l), actsOf(other, l)];
    const keys = [...new Set([...own.keys(), ...others.keys()])].sort((a, b) => a - b);
    return keys.flatMap((key): WordChange[] => {
      const [active, otherActive] = [own.get(key), others.get(key)];
      const [act, otherAct] = [active?.act ?? 0, otherActive?.act ?? 0];
      if (act === otherAct) return [];
      const perUnit = (active ?? otherActive)!.perUnit;
      const cell = { layer: layer.layer, pos: Math.floor(key / WIDEST), feature: key % WIDEST };
      return [{ ...cell, act, otherAct, carried: (act - otherAct) * perUnit }];
    });
  });
}

/** More than any transcoder's features. */
const WIDEST = 2 ** 22;

/** Active features of a layer, by position and feature, with the effect of a unit of each. */
function actsOf({ layers, tracing }: TracedCircuit, layer: number) {
  const { positions, features, acts } = layers[layer]!;
  const first = tracing.sources.starts[layer]!;
  return new Map(
    Array.from(acts, (act, i) => [
      positions[i]! * WIDEST + features[i]!,
      { act, perUnit: tracing.effect[first + i]! / act },
    ]),
  );
}
