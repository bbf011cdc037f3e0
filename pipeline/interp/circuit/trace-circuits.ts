import { float32 } from '../../graph/tensor.ts';
import { openSession, type Session } from '../../runtime/session.ts';
import { encoderColumn } from '../../sae/encoder-column.ts';
import type { Sae, SaeFile } from '../../sae/sae.ts';
import { selectFeatures } from '../../sae/select-features.ts';
import type { Reader, Sequence } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { type ActiveLayer, splitGraph, splitLayer, unsplitLayer } from './active-layer.ts';
import { mlpOutput, skipFeeds, type Transcoders } from './linear-view.ts';
import { layerFeeds, type Reading, readingFeeds, responseGraph } from './response-graph.ts';
import { finalHook, type SequenceValues, ValuesReader } from './sequence-values.ts';
import type { TermsRow } from './sources.ts';
import { type Target, targetGraph, targetVectors } from './target-vectors.ts';
import { Tracing, type TracingLimits } from './tracing.ts';

/** A sequence that ends with the token after which a decision is made. */
export interface TracedSequence extends Sequence {
  /**
   * What is traced; none for a sequence that is only read.
   * @param logits [d_vocab] after the last token
   */
  readonly targets: (logits: Float32Array) => readonly Target[];
}

/** What leads to the targets of one sequence. */
export interface TracedCircuit {
  readonly ids: readonly number[];
  readonly values: SequenceValues;
  readonly targets: readonly Target[];
  /** [d_model] for each target: its gradient with respect to the last residual stream, after the last token. */
  readonly vectors: readonly Float32Array[];
  /** Features are indices in `transcoders`. */
  readonly layers: readonly ActiveLayer[];
  readonly tracing: Tracing;
}

export interface TracedCircuits {
  readonly circuits: readonly TracedCircuit[];
  /** The transcoders with the features that are active in any of the sequences, and those asked for, which `features` names. */
  readonly transcoders: Transcoders<Sae>;
  /** [layer][index]: the feature in the whole transcoder. */
  readonly features: readonly Int32Array[];
}

export interface TracingOptions extends TracingLimits {
  /** Readings in a run of a response graph. */
  readonly rows: number;
  /**
   * [layer][d_sae]: not 0 for features that are kept although they may not be active in these sequences: a transcoder's error is
   * that of the features that are kept, where parts of the circuit are taken away. Null for a layer without a transcoder.
   */
  readonly keptFeatures?: readonly (Float32Array | null)[];
  /** @param done layers of which all is traced */
  readonly onProgress?: (done: number, layers: number) => void;
}

/**
 * Attribution graphs of several sequences.
 *
 * 1. One forward pass gives each sequence's values, and the gradients of its targets at the last residual stream.
 * 2. Each layer's transcoder splits the MLP's output into active features and an error.
 * 3. From the targets down, one layer at a time: the features with enough influence are explored, that is, one backward pass
 *    through the linear view gives the terms of the values that their encoders read.
 *
 * Source: Ameisen et al. (2025), Circuit Tracing, "Constructing an attribution graph for a prompt".
 */
export async function traceCircuits(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  sequences: readonly TracedSequence[],
  options: TracingOptions,
): Promise<TracedCircuits> {
  checkOutputs(transcoders);
  const values = await readValues(reader, transcoders, sequences);
  const { compact, features, layersOf } = await splitAll(reader, transcoders, values, options);
  const targets = values.map(({ logits }, i) => sequences[i]!.targets(logits));
  const vectors = await readVectors(reader, values, targets);
  const circuits = values.map((ofSequence, i): TracedCircuit => {
    const layers = layersOf.map((ofLayer) => ofLayer[i]!);
    return {
      ids: sequences[i]!.ids,
      values: ofSequence,
      layers,
      targets: targets[i]!,
      vectors: vectors[i]!,
      tracing: new Tracing(ofSequence.batch.length, layers, options),
    };
  });
  await traceTargets(reader, compact, circuits, options);
  for (let layer = transcoders.length - 1; layer >= 0; layer--) {
    if (compact[layer]) await traceLayer(reader, compact, circuits, { ...options, layer });
    options.onProgress?.(transcoders.length - layer, transcoders.length);
  }
  return { circuits, transcoders: compact, features };
}

function checkOutputs(transcoders: Transcoders): void {
  transcoders.forEach((coder, layer) => {
    if (coder && coder.outputHook !== mlpOutput(layer))
      throw new Error(
        `${coder.id} rebuilds ${coder.outputHook}: a circuit needs transcoders of ${mlpOutput(layer)}`,
      );
  });
}

async function readValues(
  reader: Reader,
  transcoders: Transcoders,
  sequences: readonly Sequence[],
): Promise<SequenceValues[]> {
  await using values = await ValuesReader.open(reader, transcoders);
  const read: SequenceValues[] = [];
  for (const sequence of sequences) read.push(await values.read(sequence));
  return read;
}

/** Split every layer, and keep of each transcoder what is active: whole ones may not fit in memory together. */
async function splitAll(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  values: readonly SequenceValues[],
  { keptFeatures }: Pick<TracingOptions, 'keptFeatures'>,
) {
  await using sessions = new SaeSessions(reader, splitGraph);
  const compact: (Sae | null)[] = [];
  const features: Int32Array[] = [];
  const layersOf: ActiveLayer[][] = [];
  for (const [layer, file] of transcoders.entries()) {
    const coder = file && (await file.load());
    const split: ActiveLayer[] = [];
    for (const sequence of values)
      split.push(
        coder ? await splitLayer(reader, sessions, coder, sequence) : unsplitLayer(layer, sequence),
      );
    const active = activeInAny(split, keptFeatures?.[layer]);
    const indexOf = new Map(active.map((feature, index) => [feature, index]));
    compact.push(coder && selectFeatures(coder, active));
    features.push(Int32Array.from(active));
    layersOf.push(
      split.map((each) => ({ ...each, features: each.features.map((id) => indexOf.get(id)!) })),
    );
  }
  return { compact, features, layersOf };
}

/** The features that are active in any sequence, and those with a value; the first where none is, as no tensor may be empty. */
function activeInAny(layers: readonly ActiveLayer[], kept?: Float32Array | null): number[] {
  const active = new Set(layers.flatMap(({ features }) => [...features]));
  kept?.forEach((value, feature) => {
    if (value !== 0) active.add(feature);
  });
  return active.size === 0 ? [0] : [...active].sort((a, b) => a - b);
}

/** The vectors of each sequence's targets. */
async function readVectors(
  reader: Reader,
  values: readonly SequenceValues[],
  targets: readonly (readonly Target[])[],
): Promise<Float32Array[][]> {
  const { nLayers, dModel } = reader.model.dims;
  await using session = await openSession(targetGraph(reader.model), reader);
  const vectors: Float32Array[][] = [];
  for (const [i, { hooks }] of values.entries()) {
    if (targets[i]!.length === 0) {
      vectors.push([]);
      continue;
    }
    const last = hooks[finalHook(nLayers)]!.subarray(-dModel);
    vectors.push(await targetVectors(session, last, targets[i]!));
  }
  return vectors;
}

async function traceTargets(
  reader: Reader,
  transcoders: Transcoders<Sae>,
  circuits: readonly TracedCircuit[],
  options: TracingOptions,
): Promise<void> {
  const { nLayers } = reader.model.dims;
  await using session = await openSession(
    responseGraph(reader.model, transcoders, nLayers),
    reader,
  );
  for (const circuit of circuits) {
    const pos = circuit.values.batch.length - 1;
    const readings = circuit.vectors.map((vector): Reading => ({ pos, vector }));
    await readTerms(session, circuit, readings, {
      ...options,
      layer: nLayers,
      transcoders,
      uncounted: reader.uncounted,
      onTerms: (index, row) =>
        circuit.tracing.recordTarget(index, circuit.targets[index]!.weight, row),
    });
  }
}

async function traceLayer(
  reader: Reader,
  transcoders: Transcoders<Sae>,
  circuits: readonly TracedCircuit[],
  options: TracingOptions & { readonly layer: number },
): Promise<void> {
  const { layer } = options;
  const coder = transcoders[layer]!;
  const chosen = circuits.map(({ tracing }) => tracing.choose(layer));
  if (chosen.every(({ length }) => length === 0)) return;
  await using session = await openSession(responseGraph(reader.model, transcoders, layer), reader);
  for (const [i, circuit] of circuits.entries()) {
    const { tracing, layers } = circuit;
    const readings = chosen[i]!.map((source): Reading => {
      const { pos, index } = tracing.sources.at(source);
      return { pos, vector: encoderColumn(coder, layers[layer]!.features[index]!) };
    });
    await readTerms(session, circuit, readings, {
      ...options,
      transcoders,
      uncounted: reader.uncounted,
      onTerms: (index, row) => tracing.recordFeature(chosen[i]![index]!, row),
    });
  }
}

interface TermsOptions {
  readonly layer: number;
  readonly transcoders: Transcoders<Sae>;
  readonly uncounted: number;
  readonly rows: number;
  readonly onTerms: (reading: number, row: TermsRow) => void;
}

/** The terms of some readings of one sequence, a batch at a time. */
async function readTerms(
  session: Session,
  { values, layers }: TracedCircuit,
  readings: readonly Reading[],
  { layer, transcoders, uncounted, rows, onTerms }: TermsOptions,
): Promise<void> {
  if (readings.length === 0) return;
  const T = values.batch.length;
  const below = layers.slice(0, layer);
  const parts = below.map((each) =>
    layerFeeds(each, transcoders[each.layer]?.params ?? null, uncounted),
  );
  const fixed = {
    ...values.frozen,
    ...skipFeeds(transcoders),
    embed: float32(values.embed, [1, T, values.embed.length / T]),
    ...Object.assign({}, ...parts),
  };
  for (let start = 0; start < readings.length; start += rows) {
    const batch = readings.slice(start, start + rows);
    const outputs = await session.run({ ...fixed, ...readingFeeds(batch, T) });
    batch.forEach((_, row) => {
      onTerms(start + row, { outputs, row, rows: batch.length });
    });
  }
}
