import { Graph } from '../graph/builder.ts';
import { float32 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import type { Batch } from '../runtime/batch.ts';
import { hookWidth } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { Feeds } from '../runtime/session.ts';
import { type Reader, readRows, type Sequence } from './reader.ts';
import { residualBefore } from './residual-before.ts';
import { keyOf } from './shared-readings.ts';

/** Hooks whose values a run from a hook takes: the edited one, and the residual stream that its sublayer adds to. */
export const inputsOf = (hook: string): string[] => {
  const base = residualBefore(hook);
  return base === null ? [hook] : [base, hook];
};

/** The graph's input with the values of a hook. */
export const inputName = (hook: string): string => `at ${hook}`;

/** Values of hooks in one sequence, by hook, [T, d]. */
type HookValues = Readonly<Record<string, Float32Array>>;

/** The values that a run from a hook takes, read once for each different sequence. */
export async function readHookValues(
  reader: Reader,
  hook: string,
  sequences: readonly Sequence[],
): Promise<(sequence: Sequence) => HookValues> {
  const different = new Map(sequences.map((sequence) => [keyOf(sequence), sequence]));
  const graph = unchangedGraph(reader.model, hook);
  const rows = await readRows(reader, [...different.values()], {
    graph,
    order: 'by length',
    rows: (outputs, part) =>
      part.sequences.map(
        (_, row): HookValues =>
          Object.fromEntries(
            inputsOf(hook).map((name) => {
              const width = hookWidth(graph, name);
              return [name, part.batch.unpadded(floats(outputs, name), row, { width }).slice()];
            }),
          ),
      ),
  });
  const values = new Map([...different.keys()].map((key, i) => [key, rows[i]!]));
  return (sequence) => values.get(keyOf(sequence))!;
}

/** Outputs: the values that a run from a hook takes, each by its name, [B, T, d]. */
export function unchangedGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const name of inputsOf(hook)) graph.output(name, graph.find(name));
  return graph;
}

/**
 * Values of a batch's tokens as inputs of a graph, zero at padding.
 * @param values [row]: of whole sequences
 * @param starts [row]: number of the sequence's first tokens that are not in the batch
 */
export function valueFeeds(
  values: readonly HookValues[],
  batch: Batch,
  starts: readonly number[],
): Feeds {
  const inputs = Object.entries(values[0]!).map(([hook, { length }]) => {
    const width = length / batch.nTokens(0);
    const block = new Float32Array(batch.rows * batch.length * width);
    values.forEach((ofHooks, row) => {
      const start = starts[row]!;
      block.set(ofHooks[hook]!.subarray(start * width), batch.index(row, start) * width);
    });
    return [inputName(hook), float32(block, [batch.rows, batch.length, width])];
  });
  return Object.fromEntries(inputs);
}
