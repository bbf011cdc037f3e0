import type { Graph, Value } from '../graph/builder.ts';
import { add, cast, less, reshape, scatterAdd, where } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { float32, int64 } from '../graph/tensor.ts';
import type { BlockInputs } from '../models/architecture.ts';
import type { Batch } from './batch.ts';
import type { Feeds } from './session.ts';

/** What is done to a model while it generates. */
export interface Intervention {
  /** Where each prompt's own additions are made, once, as the prompt is read. */
  readonly hook?: string;
  /** Where each prompt's own steering vector is added. */
  readonly steerAt?: SteeringSite;
  /** [d_vocab]: added to the logits before they are divided by the temperature; −Infinity bans a token. */
  readonly logitBias?: Float32Array;
}

/** A hook, and the first position at which its value is steered, in the prompt and in what follows it. */
export interface SteeringSite {
  readonly hook: string;
  readonly from: number;
}

/** A vector added at one position, which counts from the prompt's own first token. */
export interface Addition {
  readonly pos: number;
  /** [d] */
  readonly delta: Float32Array;
}

type Edit = NonNullable<BlockInputs['edit']>;

const ROWS = 'addition_rows';
const DELTAS = 'addition_deltas';
const VECTORS = 'steering_vectors';

/** The edit that makes additions at a hook; the graph gets the inputs that `additionFeeds` fills. */
export const additionEdit =
  (hook: string): Edit =>
  (at, value) => {
    if (at !== hook) return value;
    const { graph, shape } = value;
    const width = widthOf(value);
    const rows = graph.input(ROWS, 'int64', ['E', 1]);
    const deltas = graph.input(DELTAS, 'float32', ['E', width]);
    const flat = reshape(value, [product(shape.slice(0, 2)), width]);
    return reshape(scatterAdd(flat, rows, deltas), shape);
  };

/**
 * The edit that adds each sequence's own vector at a hook, from a position on, of the prompt and of what follows it; the
 * graph gets the input that `steeringFeeds` fills, once: the body of a loop reads that of the graph around it.
 * Source: Turner et al. (2023), arXiv 2308.10248.
 * @param positions int64 [B, T]: 0 at the first token, and at padding, which nothing attends to
 * @param given the vectors, where the graph has them already (`steeringVectors`)
 */
export const steeringEdit =
  ({ hook, from }: SteeringSite, positions: Value, given?: Value): Edit =>
  (at, value) => {
    if (at !== hook) return value;
    const { graph } = value;
    const vectors = given ?? graph.input(VECTORS, 'float32', ['B', 1, widthOf(value)]);
    const pos = reshape(cast(positions, 'int32'), [...positions.shape, 1]);
    const steered = less(graph.scalar(from - 1, 'int32'), pos);
    return add(value, where(steered, vectors, graph.scalar(0, 'float32')));
  };

/** The input that `steeringEdit` gave a graph; undefined where nothing is steered. */
export const steeringVectors = (graph: Graph): Value | undefined =>
  graph.inputs.find(({ name }) => name === VECTORS);

/**
 * The vector of every sequence of a batch; zero where it has none.
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
        `steering vector of ${vector.length} values where the hook has ${width}: use one from there`,
      );
    all.set(vector, row * width);
  });
  return { [VECTORS]: float32(all, [vectors.length, 1, width]) };
}

/** Values at a hook where additions are made. @throws `missing hook: …` */
export const hookWidth = (graph: Graph, hook: string): number => widthOf(graph.find(hook));

/**
 * Additions of every sequence of a batch, those at one position summed. Where there are none, zero is added
 * once, as no tensor may be empty.
 * @param width of the hook's values
 * @throws where a position is outside its sequence, or a vector has another width
 */
export function additionFeeds(
  additions: readonly (readonly Addition[])[],
  batch: Batch,
  width: number,
): Feeds {
  const sums = new Map<number, Float32Array>();
  additions.forEach((of, row) => {
    for (const { pos, delta } of of) {
      checkAddition({ pos, delta }, batch.tokens(row), width);
      const index = batch.index(row, pos);
      const sum = sums.get(index);
      sums.set(index, sum ? sum.map((x, i) => x + delta[i]!) : delta);
    }
  });
  if (sums.size === 0) sums.set(0, new Float32Array(width));
  return feedsOf(sums, width);
}

/** Stands for −Infinity: no softcapped logit comes near it, and it stays finite at every temperature. */
const BANNED = -1e30;

/** @throws where its length is not the vocabulary's, or a value is NaN or +Infinity */
export function addLogitBias(logits: Value, bias: Float32Array): Value {
  const dVocab = logits.shape.at(-1)!;
  if (bias.length !== dVocab)
    throw new Error(`logit bias of ${bias.length} tokens: the vocabulary has ${dVocab}`);
  const at = bias.findIndex((x) => !(x < Number.POSITIVE_INFINITY));
  if (at >= 0)
    throw new Error(
      `logit bias of token ${at} is ${bias[at]}: use a number, or -Infinity to ban it`,
    );
  const finite = bias.map((x) => Math.max(x, BANNED));
  return add(logits, logits.graph.constant(float32(finite, [bias.length])));
}

function widthOf({ name, shape }: Value): number {
  const width = shape.at(-1);
  if (shape.length !== 3 || typeof width !== 'number')
    throw new Error(`cannot add at ${name} [${shape}]: choose a hook of [batch, pos, d]`);
  return width;
}

function checkAddition({ pos, delta: { length } }: Addition, tokens: number, width: number): void {
  if (!(pos >= 0 && pos < tokens))
    throw new Error(`addition at position ${pos}: the prompt has ${tokens} tokens`);
  if (length !== width)
    throw new Error(
      `addition of ${length} values where the hook has ${width}: use a vector from there`,
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
