import { Graph, type Value } from '../graph/builder.ts';
import { float32 } from '../graph/tensor.ts';
import { type Forward, forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import type { Batch } from '../runtime/batch.ts';
import { type Addition, additionEdit, additionFeeds, hookWidth } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { Feeds } from '../runtime/session.ts';
import { type Reader, readRows, type Sequence, type SinglePass } from './reader.ts';
import { residualBefore } from './residual-before.ts';

/** Hooks whose values `forwardFrom` takes: the edited one, and the residual stream that its sublayer adds to. */
const inputsOf = (hook: string): string[] => {
  const base = residualBefore(hook);
  return base === null ? [hook] : [base, hook];
};

/** A sequence, and vectors to add at a hook while it is read. */
export interface AddedSequence extends Sequence {
  readonly additions: readonly Addition[];
}

export interface PassFromHook<S extends Sequence, Row>
  extends Pick<SinglePass<S, Row>, 'feeds' | 'rows'> {
  /** At which all additions are made. */
  readonly hook: string;
  /** A graph that runs `forwardFrom` the hook; its other inputs are fed by `feeds`. */
  readonly graph: Graph;
}

/**
 * Run every sequence with its additions.
 *
 * 1. Layers up to the hook, which the additions do not change, run once for each different sequence.
 * 2. The rest runs for each sequence.
 *
 * @returns in the order of the sequences
 */
export async function readRowsFrom<S extends AddedSequence, Row>(
  reader: Reader,
  sequences: readonly S[],
  { hook, graph, feeds, rows }: PassFromHook<S, Row>,
): Promise<Row[]> {
  const valuesOf = await readHookValues(reader, hook, sequences);
  const width = hookWidth(graph, hook);
  return readRows(reader, sequences, {
    graph,
    order: 'by length',
    feeds: (part) => ({
      ...feeds?.(part),
      ...valueFeeds(part.sequences.map(valuesOf), part.batch),
      ...additionFeeds(
        part.sequences.map(({ additions }) => additions),
        part.batch,
        width,
      ),
    }),
    rows,
  });
}

/** Values of hooks in one sequence, by hook, [T, d]. */
type HookValues = Readonly<Record<string, Float32Array>>;

/** The values that `forwardFrom` a hook takes, read once for each different sequence. */
async function readHookValues(
  reader: Reader,
  hook: string,
  sequences: readonly Sequence[],
): Promise<(sequence: Sequence) => HookValues> {
  const keyOf = ({ ids }: Sequence): string => ids.join();
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

/** Outputs: the values that `forwardFrom` a hook takes, each by its name, [B, T, d]. */
export function unchangedGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const name of inputsOf(hook)) graph.output(name, graph.find(name));
  return graph;
}

/** Values of each sequence as inputs of `forwardFrom`, zero at padding. @param values [row] */
function valueFeeds(values: readonly HookValues[], batch: Batch): Feeds {
  const inputs = Object.entries(values[0]!).map(([hook, { length }]) => {
    const width = length / batch.nTokens(0);
    const block = new Float32Array(batch.rows * batch.length * width);
    values.forEach((ofHooks, row) => {
      block.set(ofHooks[hook]!, batch.index(row, 0) * width);
    });
    return [inputName(hook), float32(block, [batch.rows, batch.length, width])];
  });
  return Object.fromEntries(inputs);
}

const inputName = (hook: string): string => `at ${hook}`;

/**
 * Run a model from a hook on, with additions at it: layers below the hook do not run.
 *
 * Inputs: tokens; additions; `at NAME` [B, T, d] for the hook, and for the residual stream that its sublayer adds to.
 */
export function forwardFrom(model: Model, graph: Graph, hook: string): Forward {
  const inputs = inputsOf(hook);
  const edited = additionEdit(hook);
  const edit = (name: string, value: Value): Value =>
    inputs.includes(name)
      ? edited(name, graph.input(inputName(name), 'float32', value.shape))
      : value;
  return forward(model, graph, { edit });
}
