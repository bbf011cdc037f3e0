import type { Graph, Value } from '../graph/builder.ts';
import { reshape } from '../graph/layout.ts';
import { add, cast, less, scatterAdd, where } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { float32, int64 } from '../graph/tensor.ts';
import type { BlockInputs } from '../models/architecture.ts';
import type { Batch } from './batch.ts';
import type { Feeds } from './session.ts';

/** Changes to a model's computation while it generates. */
export interface Intervention {
  /** Hook at which each prompt's additions are made, once, in the forward pass of the prompt. */
  readonly hook?: string;
  /** Where each prompt's steering vector is added. */
  readonly steerAt?: SteeringSite;
  /** [d_vocab]: added to the logits before they are divided by the temperature; −Infinity bans a token. */
  readonly logitBias?: Float32Array;
}

/** A hook, and the first position, in the prompt or the completion, at which its value is steered. */
export interface SteeringSite {
  readonly hook: string;
  readonly from: number;
}

/** A vector to add at one position of a prompt. */
export interface Addition {
  /** From 0 at the prompt's first token. */
  readonly pos: number;
  /** [d] */
  readonly delta: Float32Array;
}

/** The first position that additions change; the last one where there are none. @param tokens of the sequence */
export const firstChange = (tokens: number, additions: readonly Addition[]): number =>
  Math.max(0, Math.min(tokens - 1, ...additions.map(({ pos }) => pos)));

type Edit = NonNullable<BlockInputs['edit']>;

const ROWS = 'addition_rows';
const DELTAS = 'addition_deltas';
const VECTORS = 'steering_vectors';

/** Edits a hook by adding vectors. The graph gets inputs, whose feeds `additionFeeds` returns. */
export const additionEdit =
  (hook: string): Edit =>
  (name, value) => {
    if (name !== hook) return value;
    const { graph, shape } = value;
    const width = widthOf(value);
    const rows = graph.input(ROWS, 'int64', ['E', 1]);
    const deltas = graph.input(DELTAS, 'float32', ['E', width]);
    const flat = reshape(value, [product(shape.slice(0, 2)), width]);
    return reshape(scatterAdd(flat, rows, deltas), shape);
  };

/**
 * Edits a hook by adding one vector per sequence at every position from `from` on. The graph gets an input, whose feeds
 * `steeringFeeds` returns.
 * Source: Turner et al. (2023), arXiv 2308.10248.
 * @param positions int64 [B, T]: 0 at the first token and at padding, which no token attends to
 * @param existing the input from an earlier steeringEdit in the graph or its outer graph (`steeringVectors`)
 */
export const steeringEdit =
  ({ hook, from }: SteeringSite, positions: Value, existing?: Value): Edit =>
  (name, value) => {
    if (name !== hook) return value;
    const { graph } = value;
    const vectors = existing ?? graph.input(VECTORS, 'float32', ['B', 1, widthOf(value)]);
    const pos = reshape(cast(positions, 'int32'), [...positions.shape, 1]);
    const isSteered = less(graph.scalar(from - 1, 'int32'), pos);
    return add(value, where(isSteered, vectors, graph.scalar(0, 'float32')));
  };

/** The input [B, 1, d] that `steeringEdit` added to a graph; undefined where it added none. */
export const steeringVectors = (graph: Graph): Value | undefined =>
  graph.inputs.find(({ name }) => name === VECTORS);

/**
 * Feeds of `steeringEdit`.
 * @param vectors [sequence]; undefined adds zero
 * @param width of the hook's values
 * @throws where a vector has another width
 */
export function steeringFeeds(
  vectors: readonly (Float32Array | undefined)[],
  width: number,
): Feeds {
  const all = new Float32Array(vectors.length * width);
  vectors.forEach((vector, row) => {
    if (vector === undefined) return;
    if (vector.length !== width)
      throw new Error(
        `steering vector of ${vector.length} values, but the hook has ${width}: use a vector of the hook's width`,
      );
    all.set(vector, row * width);
  });
  return { [VECTORS]: float32(all, [vectors.length, 1, width]) };
}

/** The width d of a hook [B, T, d]. @throws `missing hook: …`, or where the hook has another shape */
export const hookWidth = (graph: Graph, hook: string): number => widthOf(graph.find(hook));

/**
 * Feeds of `additionEdit`. Several additions at one position are summed. Without additions, zero is added at one
 * position, because no tensor may be empty.
 * @param additions [sequence]
 * @param width of the hook's values
 * @throws where a position is outside its sequence, or a vector has another width
 */
export function additionFeeds(
  additions: readonly (readonly Addition[])[],
  batch: Batch,
  width: number,
): Feeds {
  const sums = new Map<number, Float32Array>();
  additions.forEach((ofSequence, row) => {
    for (const { pos, delta } of ofSequence) {
      checkAddition({ pos, delta }, batch.nTokens(row), width);
      const index = batch.index(row, pos);
      const sum = sums.get(index);
      sums.set(index, sum ? sum.map((x, i) => x + delta[i]!) : delta);
    }
  });
  if (sums.size === 0) sums.set(0, new Float32Array(width));
  return feedsOf(sums, width);
}

/** Replaces −Infinity: far below every softcapped logit, and finite when divided by any temperature. */
const BANNED = -1e30;

/**
 * Add a bias to the logits.
 * @param bias [d_vocab]; −Infinity bans a token
 * @throws where the length is not d_vocab, or a value is NaN or +Infinity
 */
export function addLogitBias(logits: Value, bias: Float32Array): Value {
  const dVocab = logits.shape.at(-1)!;
  if (bias.length !== dVocab)
    throw new Error(`logit bias of ${bias.length} tokens: the vocabulary has ${dVocab}`);
  const invalid = bias.findIndex((x) => !(x < Number.POSITIVE_INFINITY));
  if (invalid >= 0)
    throw new Error(
      `logit bias of token ${invalid} is ${bias[invalid]}: use a number, or -Infinity to ban it`,
    );
  const finite = bias.map((x) => Math.max(x, BANNED));
  return add(logits, logits.graph.constant(float32(finite, [bias.length])));
}

function widthOf({ name, shape }: Value): number {
  const width = shape.at(-1);
  if (shape.length !== 3 || typeof width !== 'number')
    throw new Error(`cannot add a vector at ${name} [${shape}]: choose a hook of [batch, pos, d]`);
  return width;
}

function checkAddition({ pos, delta: { length } }: Addition, tokens: number, width: number): void {
  if (!(pos >= 0 && pos < tokens))
    throw new Error(
      `addition at position ${pos}, but the prompt has ${tokens} tokens: use a smaller position`,
    );
  if (length !== width)
    throw new Error(
      `addition of ${length} values, but the hook has ${width}: use a vector of the hook's width`,
    );
}

function feedsOf(sums: ReadonlyMap<number, Float32Array>, width: number): Feeds {
  const deltas = new Float32Array(sums.size * width);
  [...sums.values()].forEach((sum, i) => {
    deltas.set(sum, i * width);
  });
  return {
    [ROWS]: int64([...sums.keys()], [sums.size, 1]),
    [DELTAS]: float32(deltas, [sums.size, width]),
  };
}
