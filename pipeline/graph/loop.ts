import { Graph, type Shape, type Value, type Values } from './builder.ts';
import { sameShape } from './shape.ts';

/** A loop-carried value: each iteration reads it and computes the value for the next iteration. */
export interface Carried {
  readonly initial: Value;
  /** Shape inside the body. An axis whose length may change between iterations has a symbol of its own. */
  readonly shape: Shape;
}

/** The outputs of one iteration. */
export interface Iteration<Scanned extends readonly Value[] = readonly Value[]> {
  /** bool [1]: whether another iteration follows. */
  readonly continues: Value;
  /** The carried values for the next iteration, in the order of `LoopOptions.carried`. */
  readonly carried: readonly Value[];
  /** Values that the loop collects from every iteration. */
  readonly scanned: Scanned;
}

export interface LoopOptions<
  Carry extends readonly Carried[] = readonly Carried[],
  Scanned extends readonly Value[] = readonly Value[],
> {
  /** int64 [1]: the largest number of iterations; may be 0. */
  readonly maxIterations: Value;
  /** bool [1]: whether the first iteration runs. */
  readonly startCondition: Value;
  readonly carried: Carry;
  /** Symbol of the axis along which scanned values are stacked: its length is the number of iterations. */
  readonly iterationAxis: string;
  /**
   * Builds the graph of one iteration, which may use every value of the outer graph.
   * @param index int64 []: number of the iteration, from 0
   */
  readonly body: (index: Value, carried: Values<Carry>) => Iteration<Scanned>;
}

export interface LoopResult<
  Carry extends readonly Carried[] = readonly Carried[],
  Scanned extends readonly Value[] = readonly Value[],
> {
  /** The carried values after the last iteration, or the initial values where there was none. */
  readonly carried: Values<Carry>;
  /** [iterations, …] */
  readonly scanned: Values<Scanned>;
}

/**
 * Add ONNX's Loop: the runtime repeats a body without returning to the host between iterations.
 * @throws where an iteration changes the type or the number of axes of a carried value
 */
export function loop<
  const Carry extends readonly Carried[],
  const Scanned extends readonly Value[] = readonly Value[],
>(graph: Graph, options: LoopOptions<Carry, Scanned>): LoopResult<Carry, Scanned> {
  const { maxIterations, startCondition, carried, iterationAxis } = options;
  const { body, iteration } = buildBody(graph, options);
  const inputs = [maxIterations, startCondition, ...carried.map(({ initial }) => initial)];
  const outputs = graph.node({ op: 'Loop', inputs, attributes: { body } }, [
    ...carried.map((value) => ({ dtype: value.initial.dtype, shape: finalShape(value) })),
    ...iteration.scanned.map(({ dtype, shape }) => ({ dtype, shape: [iterationAxis, ...shape] })),
  ]);
  return {
    carried: outputs.slice(0, carried.length) as Values<Carry>,
    scanned: outputs.slice(carried.length) as Values<Scanned>,
  };
}

function buildBody<Carry extends readonly Carried[], Scanned extends readonly Value[]>(
  graph: Graph,
  options: LoopOptions<Carry, Scanned>,
): { body: Graph; iteration: Iteration<Scanned> } {
  const body = new Graph(graph);
  const index = body.input('index', 'int64', []);
  body.input('again', 'bool', [1]);
  const inputs = options.carried.map(({ initial, shape }, i) =>
    body.input(`carried.${i}`, initial.dtype, shape),
  );
  const iteration = options.body(index, inputs as Values<Carry>);
  checkCarried(inputs, iteration.carried);
  for (const value of [iteration.continues, ...iteration.carried, ...iteration.scanned])
    body.bodyOutput(value);
  return { body, iteration };
}

/** The shape after the loop. An axis that the loop changes gets the derived symbol `R~`, which no input has. */
const finalShape = ({ initial, shape }: Carried): Shape =>
  sameShape(initial.shape, shape)
    ? shape
    : shape.map((d, axis) => (d === initial.shape[axis] ? d : `${d}~`));

function checkCarried(inputs: readonly Value[], outputs: readonly Value[]): void {
  if (inputs.length !== outputs.length)
    throw new Error(
      `an iteration returns ${outputs.length} carried values, expected ${inputs.length}: return one for each`,
    );
  inputs.forEach((input, i) => {
    const output = outputs[i]!;
    if (output.dtype !== input.dtype || output.shape.length !== input.shape.length)
      throw new Error(
        `an iteration turns ${input.dtype} [${input.shape}] into ${output.dtype} [${output.shape}]: keep the type and the number of axes`,
      );
  });
}
