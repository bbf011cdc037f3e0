import { Graph, type Shape, type Value } from './builder.ts';
import { same } from './shape.ts';

/** A value that each turn reads and replaces. */
export interface Carried {
  readonly initial: Value;
  /** In the body: an axis that may change from turn to turn has a symbol of its own. */
  readonly shape: Shape;
}

/** What a turn of the loop gives. */
export interface Turn {
  /** bool [1]: whether another follows. */
  readonly again: Value;
  /** For the next turn, in the order of what was carried here. */
  readonly carried: readonly Value[];
  /** Kept of every turn. */
  readonly scanned: readonly Value[];
}

export interface LoopOptions {
  /** int64 [1]: turns at most; none is fine. */
  readonly turns: Value;
  /** bool [1]: whether there is a first turn. */
  readonly first: Value;
  readonly carried: readonly Carried[];
  /** Symbol of the axis of turns that were taken. */
  readonly symbol: string;
  /**
   * Builds a turn; it may use every value of the graph around it.
   * @param index int64 []: of the turn, from 0
   */
  readonly body: (index: Value, carried: readonly Value[]) => Turn;
}

export interface LoopResult {
  /** What the last turn gave, or the initial values where there was none. */
  readonly carried: readonly Value[];
  /** [turns taken, …] */
  readonly scanned: readonly Value[];
}

/**
 * ONNX's Loop: a body that the runtime repeats, with no return to the host in between.
 * @throws where what a turn gives has another type or number of axes than what it was given
 */
export function loop(graph: Graph, options: LoopOptions): LoopResult {
  const { turns, first, carried, symbol } = options;
  const body = new Graph(graph);
  const index = body.input('index', 'int64', []);
  body.input('again', 'bool', [1]);
  const given = carried.map(({ initial, shape }, i) =>
    body.input(`carried.${i}`, initial.dtype, shape),
  );
  const turn = options.body(index, given);
  checkCarried(given, turn.carried);
  for (const value of [turn.again, ...turn.carried, ...turn.scanned]) body.result(value);
  const inputs = [turns, first, ...carried.map(({ initial }) => initial)];
  const results = graph.node({ op: 'Loop', inputs, attributes: { body } }, [
    ...turn.carried.map(({ dtype }, i) => ({ dtype, shape: resultShape(carried[i]!) })),
    ...turn.scanned.map(({ dtype, shape }) => ({ dtype, shape: [symbol, ...shape] })),
  ]);
  return { carried: results.slice(0, carried.length), scanned: results.slice(carried.length) };
}

/** An axis that changes has no length that a symbol of the graph around the body stands for. */
const resultShape = ({ initial, shape }: Carried): Shape =>
  same(initial.shape, shape)
    ? shape
    : shape.map((d, axis) => (d === initial.shape[axis] ? d : `${d}~`));

function checkCarried(given: readonly Value[], next: readonly Value[]): void {
  if (given.length !== next.length)
    throw new Error(`a turn gives ${next.length} values and was given ${given.length}`);
  given.forEach((before, i) => {
    const after = next[i]!;
    if (after.dtype !== before.dtype || after.shape.length !== before.shape.length)
      throw new Error(
        `a turn makes ${before.dtype} [${before.shape}] into ${after.dtype} [${after.shape}]: keep type and axes`,
      );
  });
}
