import { Graph, type Value } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { float32 } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import type { Batch } from '../runtime/batch.ts';
import { type Addition, additionEdit, additionFeeds, hookWidth } from '../runtime/intervention.ts';
import { floats } from '../runtime/outputs.ts';
import type { Feeds } from '../runtime/session.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';
import { type Reader, readRows, type Sequence, type SequencesExtent } from './reader.ts';
import { residualBefore } from './residual-before.ts';

/** A sequence with a metric, and vectors to add at a hook while it is read. */
export interface EditedReading extends MetricReading {
  readonly additions: readonly Addition[];
}

/**
 * Measure the metric of every sequence with its additions. Nothing is sampled: the sequence's tokens stay.
 *
 * 1. Layers up to the hook, which the additions do not change, run once for each sequence.
 * 2. The rest runs for each reading.
 *
 * @param hook at which all additions are made
 * @returns in the order of the readings
 */
export async function measureMetric(
  reader: Reader,
  hook: string,
  readings: readonly EditedReading[],
): Promise<number[]> {
  const truncated = readings.map(truncateAtMetric);
  const valuesOf = await readHookValues(reader, hook, truncated);
  const graph = editedMetricGraph(reader.model, hook);
  const width = hookWidth(graph, hook);
  return readRows(reader, truncated, {
    graph,
    order: 'by length',
    feeds: ({ sequences, batch }) => ({
      ...metricFeeds(sequences, batch),
      ...valueFeeds(sequences.map(valuesOf), batch),
      ...additionFeeds(
        sequences.map(({ additions }) => additions),
        batch,
        width,
      ),
    }),
    rows: (outputs) => [...floats(outputs, 'metric')],
  });
}

/** Tokens after the metric's position do not affect it. */
const truncateAtMetric = (reading: EditedReading): EditedReading => ({
  ...reading,
  ids: reading.ids.slice(0, reading.metricPos + 1),
});

/** Hooks whose values `editedMetricGraph` takes: the edited one, and the residual stream that its sublayer adds to. */
const inputsOf = (hook: string): string[] => {
  const base = residualBefore(hook);
  return base === null ? [hook] : [base, hook];
};

/** Values of hooks in one sequence, by hook, [T, d]. */
type HookValues = Readonly<Record<string, Float32Array>>;

/** The values of `inputsOf` a hook, read once for each different sequence. */
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

/** Outputs: `inputsOf` a hook, each by its name, [B, T, d]. */
export function unchangedGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const name of inputsOf(hook)) graph.output(name, graph.find(name));
  return graph;
}

/** Values of each sequence as inputs of `editedMetricGraph`, zero at padding. @param values [row] */
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
 * Output `metric` [B, 1]: the metric of every sequence, with additions at a hook. Layers below the hook do not run.
 *
 * Inputs: tokens and metric; additions; `at NAME` [B, T, d] for each of `inputsOf` the hook.
 */
export function editedMetricGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  const inputs = inputsOf(hook);
  const edited = additionEdit(hook);
  const edit = (name: string, value: Value): Value =>
    inputs.includes(name)
      ? edited(name, graph.input(inputName(name), 'float32', value.shape))
      : value;
  graph.output('metric', logitDiff(model, graph, forward(model, graph, { edit })));
  return graph;
}

/** The graphs of `measureMetric`, with additions at an SAE's output hook, at most at every position of a sequence. */
export const editedMetricUses = (
  model: Model,
  { id, outputHook }: SaeSpec,
  { tokens, sequences }: SequencesExtent,
): GraphUse[] =>
  [unchangedGraph, editedMetricGraph].map((graph, i) =>
    limitBatch(sequences, {
      name: i === 0 ? `${id} values` : `${id} metric`,
      graph: () => graph(model, outputHook),
      sizes: (B) => ({ B, T: tokens, E: B * tokens }),
    }),
  );
