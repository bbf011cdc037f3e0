import { Graph } from '../graph/builder.ts';
import { scale, total } from '../graph/functions.ts';
import { reshape } from '../graph/layout.ts';
import { add, div, gather, log, mul, softmax, sub } from '../graph/ops.ts';
import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { vjp } from '../graph/vjp.ts';
import type { Architecture } from '../models/architecture.ts';
import { weightsFromValues } from '../models/weights.ts';
import type { Feeds } from '../runtime/session.ts';
import { flatWeights } from '../train/parameters.ts';
import type { Batch } from './batch.ts';

/**
 * Cross-entropy against the process's next-token distributions, and its gradient. Outputs: `loss` [1], in nats per
 * position, and `gradient`, flat as `parameters`.
 *
 * The gradient of the cross-entropy with respect to the logits is (softmax − target) / n; the backward pass starts there.
 */
export function lossGraph(model: Architecture): Graph {
  const { dModel, dVocab } = model.dims;
  const graph = new Graph();
  const { flat, load } = flatWeights(model, graph);
  const ids = graph.input('ids', 'int64', ['B', 'T']);
  const mixIds = graph.input('mix_ids', 'int64', ['B', 'T']);
  const mixAlpha = graph.input('mix_alpha', 'float32', ['B', 'T', 1]);
  const positions = graph.input('positions', 'int64', ['B', 'T']);
  const bias = graph.input('bias', 'float32', ['B', 1, 'T', 'T']);
  const rows = graph.input('target_rows', 'int64', ['N']);
  const target = graph.input('target', 'float32', ['N', dVocab]);
  const count = graph.input('count', 'float32', [1]);

  const weights = weightsFromValues(load);
  const original = model.embed(weights, ids);
  const resid = add(original, mul(mixAlpha, sub(model.embed(weights, mixIds), original)));
  const out = model.blocks(weights, { resid, positions, bias: { global: bias, sliding: bias } });
  const predicting = gather(reshape(out.resid, ['B*T', dModel]), rows);
  const { logits } = model.unembed(weights, predicting);
  const probs = softmax(logits);
  const crossEntropy = scale(total(mul(target, log(probs))), -1);
  graph.output('loss', div(reshape(crossEntropy, [1]), count));
  graph.output('gradient', vjp(logits, [flat], div(sub(probs, target), count))[0]!);
  return graph;
}

const MASKED = -1e9;

/** The inputs of the loss graph, without the parameters. */
export function lossFeeds(batch: Batch, dVocab: number): Feeds {
  const { rows, length, targets } = batch;
  const shape = [rows, length];
  const mixed = mixes(batch);
  return {
    ids: int64(BigInt64Array.from(batch.ids, BigInt), shape),
    mix_ids: int64(mixed.ids, shape),
    mix_alpha: float32(mixed.alpha, [...shape, 1]),
    positions: int64(BigInt64Array.from(batch.positions, BigInt), shape),
    bias: float32(segmentBias(batch), [rows, 1, length, length]),
    count: float32([targets.positions], [1]),
    ...denseTargets(batch, dVocab),
  };
}

function mixes({ rows, length, ids, qualifierPos, mixId, mixAlpha }: Batch) {
  const mixIds = BigInt64Array.from(ids, BigInt);
  const alpha = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    if (qualifierPos[row]! < 0) continue;
    const position = row * length + qualifierPos[row]!;
    mixIds[position] = BigInt(mixId[row]!);
    alpha[position] = mixAlpha[row]!;
  }
  return { ids: mixIds, alpha };
}

/**
 * The attention bias [rows, length, length]: a token attends to earlier tokens of the prompt and of its own segment.
 * Where the qualifier is masked, answers do not attend to it.
 */
function segmentBias({
  rows,
  length,
  segments,
  qualifierPos,
  qualifierMasked,
}: Batch): Float32Array {
  const bias = new Float32Array(rows * length * length).fill(MASKED);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const prompt = segments.subarray(start, start + length).lastIndexOf(0);
    const hidden = qualifierMasked[row] ? qualifierPos[row]! : -1;
    for (let i = 0; i < length; i++) {
      const segment = segments[start + i]!;
      for (let j = 0; j <= i; j++) {
        const other = segments[start + j]!;
        const sees = (other === 0 || other === segment) && !(j === hidden && i >= prompt);
        if (sees) bias[(start + i) * length + j] = 0;
      }
    }
  }
  return bias;
}

function denseTargets({ targets }: Batch, dVocab: number): { target_rows: Tensor; target: Tensor } {
  const target = new Float32Array(targets.positions * dVocab);
  const rows = new BigInt64Array(targets.positions);
  let row = -1;
  let last = -1;
  for (let i = 0; i < targets.position.length; i++) {
    if (targets.position[i] !== last) {
      last = targets.position[i]!;
      rows[++row] = BigInt(last);
    }
    target[row * dVocab + targets.id[i]!] = targets.prob[i]!;
  }
  return {
    target_rows: int64(rows, [targets.positions]),
    target: float32(target, [targets.positions, dVocab]),
  };
}
