import { Graph, type Value } from '../../graph/builder.ts';
import { logSoftmax } from '../../graph/functions.ts';
import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import { reshape } from '../../graph/layout.ts';
import { add, gatherElements, less, mul, where } from '../../graph/ops.ts';
import { float32 } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { nextIds } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { openSession } from '../../runtime/session.ts';
import { decode, encode, skipTerm } from '../../sae/jump-relu.ts';
import type { Sae } from '../../sae/sae.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from '../reader.ts';
import { rowsThatFit } from '../rows-that-fit.ts';
import { mlpOutput, type Transcoders } from './linear-view.ts';
import { coderInputs, paramFeeds } from './splice-graph.ts';

/** What stands in the place of all MLPs together, at counted positions: their reconstructions, zero, or their means. */
const REPLACEMENTS = ['clean', 'reconstruction', 'zero', 'mean'] as const;
export type Replacement = (typeof REPLACEMENTS)[number];

/** [position]: cross-entropy of the token that follows, in nats; one shorter than the sequence. */
export type Losses = Readonly<Record<Replacement, Float32Array>>;

const meanName = (layer: number): string => `mean of ${layer}`;

export interface ReplacedOptions {
  /** [layer][d_model]: mean output of the layer's MLP; null where it has no transcoder */
  readonly means: readonly (Float32Array | null)[];
  /** @param done number of sequences */
  readonly onProgress: (done: number) => void;
}

/**
 * The cross-entropy of sequences with every MLP that has a transcoder replaced, all at once: each transcoder reads what
 * the replaced layers below it give.
 */
export async function replacedLosses(
  reader: Reader,
  transcoders: Transcoders<Sae>,
  sequences: readonly Sequence[],
  { means, onProgress }: ReplacedOptions,
): Promise<Losses[]> {
  const { model } = reader;
  await using session = await openSession(replacedGraph(model, transcoders), reader);
  const fixed = {
    ...paramFeeds(transcoders),
    ...Object.fromEntries(
      means.flatMap((mean, layer) =>
        mean ? [[meanName(layer), float32(mean, [mean.length])]] : [],
      ),
    ),
  };
  const losses = new Array<Losses>(sequences.length);
  let done = 0;
  const batching = { rowsThatFit: (longest: number) => rowsThatFit(longest, model.dims.dVocab) };
  for (const part of sequenceBatches(reader, sequences, batching)) {
    const { batch, indices } = part;
    const feeds = {
      ...batch.feeds,
      ...fixed,
      next_ids: nextIds(part.sequences.map(({ ids }) => ids)),
      counted: batch.mask(reader.uncounted),
    };
    const runs = new Map<Replacement, Float32Array>();
    for (const replacement of REPLACEMENTS) {
      const [replaced, coded, averaged] = WEIGHTS[replacement].map((x) => float32([x], [1]));
      const outputs = await session.run({
        ...feeds,
        replaced: replaced!,
        coded: coded!,
        averaged: averaged!,
      });
      runs.set(replacement, floats(outputs, 'realised'));
    }
    indices.forEach((index, row) => {
      const of = (which: Replacement) =>
        batch
          .unpadded(runs.get(which)!, row)
          .slice(0, -1)
          .map((logProb) => -logProb);
      losses[index] = {
        clean: of('clean'),
        reconstruction: of('reconstruction'),
        zero: of('zero'),
        mean: of('mean'),
      };
    });
    done += indices.length;
    onProgress(done);
  }
  return losses;
}

/** Whether MLPs are replaced, by how much of the reconstruction, and by how much of the mean. */
const WEIGHTS: Readonly<Record<Replacement, readonly [number, number, number]>> = {
  clean: [0, 0, 0],
  reconstruction: [1, 1, 0],
  zero: [1, 0, 0],
  mean: [1, 0, 1],
};

/**
 * Output `realised` [B, T]: the log-probability of the token that follows. Inputs beside the tokens and the transcoders'
 * parameters: `next_ids`; `counted` [B, T, 1]; `replaced`, `coded` and `averaged`, [1], as in `WEIGHTS`; the mean of each layer.
 */
function replacedGraph(model: Model, transcoders: Transcoders): Graph {
  const graph = new Graph();
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const scalar = (name: string) => graph.input(name, 'float32', [1]);
  const [replaced, coded, averaged] = [scalar('replaced'), scalar('coded'), scalar('averaged')];
  const isReplaced = less(graph.scalar(0, 'float32'), mul(counted, replaced));
  const coderOf = new Map(transcoders.map((coder, layer) => [mlpOutput(layer), coder]));
  const seen = new Map<string, Value>();
  const edit = (hook: string, value: Value): Value => {
    seen.set(hook, value);
    const coder = coderOf.get(hook);
    if (!coder) return value;
    const weights = coderInputs(graph, coder, coder.layer);
    const x = seen.get(coder.hook)!;
    const decoded = decode(weights, encode(weights, x));
    const skipped = skipTerm(weights, x);
    const reconstruction = skipped ? add(decoded, skipped) : decoded;
    const mean = graph.input(meanName(coder.layer), 'float32', [coder.dOut]);
    const instead = add(mul(reconstruction, coded), mul(mean, averaged));
    return where(isReplaced, instead, value);
  };
  const { weights, resid } = forward(model, graph, { edit });
  const next = graph.input('next_ids', 'int64', ['B', 'T', 1]);
  const logProbs = logSoftmax(model.unembed(weights, resid).logits);
  graph.output('realised', reshape(gatherElements(logProbs, next), ['B', 'T']));
  return graph;
}

export const replacedUse = (
  model: Model,
  transcoders: Transcoders,
  { tokens, sequences }: SequencesExtent,
): GraphUse =>
  limitBatch(Math.min(sequences, rowsThatFit(tokens, model.dims.dVocab)), {
    name: 'all transcoders',
    graph: () => replacedGraph(model, transcoders),
    sizes: (B) => ({ B, T: tokens }),
  });
