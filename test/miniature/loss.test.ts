import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { cast } from '../../pipeline/graph/ops.ts';
import { float32, sizeOf } from '../../pipeline/graph/tensor.ts';
import { miniatureConfig } from '../../pipeline/miniature/architecture.ts';
import type { Batch, Targets } from '../../pipeline/miniature/batch.ts';
import { lossFeeds, lossGraph } from '../../pipeline/miniature/loss.ts';
import { heldOutBatch, trainingBatch } from '../../pipeline/miniature/training-batch.ts';
import type { Architecture } from '../../pipeline/models/architecture.ts';
import { architectureOf } from '../../pipeline/models/architecture-of.ts';
import { attentionBias } from '../../pipeline/models/attention-bias.ts';
import { gemma2 } from '../../pipeline/models/gemma2.ts';
import { weightsFromValues } from '../../pipeline/models/weights.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession, type Session } from '../../pipeline/runtime/session.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { flatWeights, initialParameters } from '../../pipeline/train/parameters.ts';
import { assertNear, corpus, sum, tokenizer } from './miniature.ts';

const dVocab = tokenizer.vocabSize;

const tiny = (layers: number): Architecture =>
  architectureOf(
    gemma2,
    {
      ...miniatureConfig(dVocab),
      hidden_size: 16,
      num_hidden_layers: layers,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      head_dim: 8,
      query_pre_attn_scalar: 8,
      intermediate_size: 32,
    },
    'tiny',
  );

const open: Session[] = [];
after(async () => {
  for (const session of open) await session.release();
});
async function compile(graph: Graph): Promise<Session> {
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  open.push(session);
  return session;
}

const flat = (parameters: Float32Array) => float32(parameters, [parameters.length]);

async function trained(session: Session, batch: Batch, parameters: Float32Array) {
  const feeds = { ...lossFeeds(batch, dVocab), parameters: flat(parameters) };
  const { loss, gradient } = await session.run(feeds);
  return { loss: Number(loss!.data[0]), gradient: gradient!.data as Float32Array };
}

/** Plain attention over whole sequences, in float64: `logits` [B, T, d_vocab]. */
function referenceGraph(model: Architecture): Graph {
  const graph = new Graph();
  const { load } = flatWeights(model, graph);
  const weights = weightsFromValues((name) => cast(load(name), 'float64'));
  const [ids, positions, keys] = ['ids', 'positions', 'key_positions'].map((name) =>
    graph.input(name, 'int64', ['B', 'T']),
  ) as [Value, Value, Value];
  const bias = attentionBias(positions, keys, model.windows, 'float64');
  const resid = model.embed(weights, ids);
  const out = model.blocks(weights, { resid, positions, bias });
  graph.output('logits', model.unembed(weights, out.resid).logits);
  return graph;
}

/** A packed row's prompt with each of its answers, as a reader meets them: one at a time. */
function unpack({ rows, length, ids, segments }: Batch) {
  const conversations: { ids: number[]; at: number[] }[] = [];
  for (let row = 0; row < rows; row++) {
    const positions = Array.from({ length }, (_, i) => row * length + i);
    const bySegment = Map.groupBy(positions, (at) => segments[at]!);
    for (let segment = 1; bySegment.has(segment); segment++) {
      const at = [...bySegment.get(0)!, ...bySegment.get(segment)!];
      conversations.push({ at, ids: at.map((pos) => ids[pos]!) });
    }
  }
  return conversations;
}

/** The mean cross-entropy of a batch without mixed or masked rows, from logits, position by position. */
async function referenceLoss(session: Session, batch: Batch, parameters: Float32Array) {
  const conversations = unpack(batch);
  const { feeds, length, pads } = padLeft(conversations.map(({ ids }) => ids));
  const { logits } = await session.run({ ...feeds, parameters: flat(parameters) });
  const data = logits!.data as Float64Array;
  const targets = denseTargets(batch.targets);
  const each = new Map<number, number>();
  conversations.forEach(({ at }, i) => {
    at.forEach((pos, t) => {
      const start = (i * length + pads[i]! + t) * dVocab;
      const target = targets.get(pos);
      if (target) each.set(pos, crossEntropy(data.subarray(start, start + dVocab), target));
    });
  });
  assert.equal(each.size, batch.targets.positions);
  return sum([...each.values()]) / each.size;
}

const denseTargets = ({ position: at, id, prob }: Targets) =>
  Map.groupBy(
    Array.from(at, (pos, i) => ({ pos, id: id[i]!, prob: prob[i]! })),
    ({ pos }) => pos,
  );

function crossEntropy(logits: Float64Array, target: readonly { id: number; prob: number }[]) {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const logSum = max + Math.log(logits.reduce((total, x) => total + Math.exp(x - max), 0));
  return sum(target.map(({ id, prob }) => prob * (logSum - logits[id]!)));
}

const model = tiny(2);
const session = await compile(lossGraph(model));
const parameters = jittered(initialParameters(model, 1));
const batch = heldOutBatch(corpus, 1, 0, { rows: 2, length: 60 });

/** Away from the start, where norms are all alike. */
function jittered(start: Float32Array): Float32Array {
  const random = keyedRandom(1, 'jitter');
  return start.map((x) => x + 0.2 * (random() - 0.5));
}

const reference = await compile(referenceGraph(model));

test('the loss of packed rows is the cross-entropy of their conversations', async () => {
  const { loss } = await trained(session, batch, parameters);
  assertNear(loss, await referenceLoss(reference, batch, parameters), 1e-5 * loss);
});

test('the gradient is the derivative of the loss, in every weight', async () => {
  const { gradient } = await trained(session, batch, parameters);
  let start = 0;
  for (const [name, dims] of model.weights) {
    const end = start + sizeOf(dims);
    const part = gradient.map((g, i) => (start <= i && i < end ? g : 0));
    const norm = Math.hypot(...part);
    // Along the gradient its size shows; along a random direction, whether anything is missing from it.
    await assertSlope(part, unit(part), 1e-3 * norm, name);
    await assertSlope(part, randomDirection(start, end), 1e-4 * norm, name);
    start = end;
  }
  assert.equal(start, gradient.length);
});

/** @throws where a central difference of the reference is not the gradient's */
async function assertSlope(
  gradient: Float32Array,
  direction: Float64Array,
  tol: number,
  what: string,
): Promise<void> {
  const h = 0.01;
  const at = (by: number) =>
    referenceLoss(
      reference,
      batch,
      parameters.map((x, i) => x + by * direction[i]!),
    );
  const slope = ((await at(h)) - (await at(-h))) / (2 * h);
  assertNear(slope, sum(direction.map((d, i) => d * gradient[i]!)), tol, what);
}

function unit(vector: ArrayLike<number>): Float64Array {
  const wide = Float64Array.from(vector);
  const norm = Math.hypot(...wide);
  return wide.map((x) => x / norm);
}

function randomDirection(start: number, end: number): Float64Array {
  const random = keyedRandom(2, `direction ${start}`);
  return unit(parameters.map((_, i) => (start <= i && i < end ? random() - 0.5 : 0)));
}

test('a small step against the gradient lowers the loss', async () => {
  for (const any of [batch, trainingBatch(corpus, 1, 1, { rows: 4, length: 72 })]) {
    const before = await trained(session, any, parameters);
    const stepped = parameters.map((x, i) => x - 0.05 * before.gradient[i]!);
    const { loss } = await trained(session, any, stepped);
    const expected = -0.05 * sum(before.gradient.map((g) => g * g));
    assertNear(loss - before.loss, expected, 0.1 * Math.abs(expected));
  }
});

/** A batch that is asked only about some flat positions. */
function askedAt(batch: Batch, isAsked: (pos: number) => boolean): Batch {
  const { position: at, id, prob, entropy } = batch.targets;
  const keep = [...at.keys()].filter((i) => isAsked(at[i]!));
  const targets = {
    position: Int32Array.from(keep, (i) => at[i]!),
    id: Int32Array.from(keep, (i) => id[i]!),
    prob: Float32Array.from(keep, (i) => prob[i]!),
    positions: new Set(keep.map((i) => at[i]!)).size,
    entropy,
  };
  return { ...batch, targets };
}

/** A batch with other tokens at some flat positions. */
const rewritten = (batch: Batch, isOther: (pos: number) => boolean): Batch => ({
  ...batch,
  ids: batch.ids.map((id, pos) => (isOther(pos) ? (id + 7) % dVocab : id)),
});

const lossOf = async (batch: Batch, from = session, at = parameters) =>
  (await trained(from, batch, at)).loss;

test('an answer does not depend on the others of its row', async () => {
  const { segments } = batch;
  const asked = askedAt(batch, (pos) => segments[pos] === 2);
  assert.ok(asked.targets.positions > 5);
  const others = (pos: number) => segments[pos]! > 0 && segments[pos] !== 2;
  assertNear(await lossOf(rewritten(asked, others)), await lossOf(asked), 1e-6);
  const own = (pos: number) => segments[pos] === 2;
  assert.notEqual(await lossOf(rewritten(asked, own)), await lossOf(asked));
});

test('a token does not depend on later ones', async () => {
  const asked = askedAt(batch, (pos) => pos < 40);
  assertNear(await lossOf(rewritten(asked, (pos) => pos > 39)), await lossOf(asked), 1e-6);
});

/** Batches of the training, one row of which is as asked for. */
function rowWhere(is: (batch: Batch) => boolean): Batch {
  for (let step = 1; ; step++) {
    const found = trainingBatch(corpus, 1, step, { rows: 1, length: 72 });
    if (is(found)) return found;
  }
}

test('a masked answer does not see the qualifier, an ordinary one does', async () => {
  // Deeper, later tokens of the prompt carry it on: in a single layer, only attending to it can.
  const shallow = tiny(1);
  const from = await compile(lossGraph(shallow));
  const at = initialParameters(shallow, 1);
  const masked = rowWhere((batch) => batch.qualifierMasked[0] === 1);
  const differs = async (batch: Batch) => {
    const other = rewritten(batch, (pos) => pos === batch.qualifierPos[0]);
    return Math.abs((await lossOf(other, from, at)) - (await lossOf(batch, from, at)));
  };
  assert.ok((await differs(masked)) < 1e-6);
  assert.ok((await differs({ ...masked, qualifierMasked: Uint8Array.of(0) })) > 1e-4);
});

test('a mixture at either end is one qualifier, and between them is neither', async () => {
  const mixed = rowWhere(
    (batch) => batch.mixAlpha[0]! > 0 && batch.mixId[0] !== qualifierIn(batch),
  );
  const at = (alpha: number) => ({ ...mixed, mixAlpha: Float32Array.of(alpha) });
  const swapped = {
    ...at(0),
    ids: mixed.ids.map((id, pos) => (pos === mixed.qualifierPos[0] ? mixed.mixId[0]! : id)),
  };
  const [own, half, other] = [await lossOf(at(0)), await lossOf(at(0.5)), await lossOf(at(1))];
  assertNear(other, await lossOf(swapped), 1e-6);
  assert.equal(new Set([own, half, other].map((loss) => loss.toFixed(5))).size, 3);
});

const qualifierIn = ({ ids, qualifierPos }: Batch) => ids[qualifierPos[0]!];
