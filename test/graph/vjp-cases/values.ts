import type { Graph, Value } from '../../../pipeline/graph/builder.ts';
import * as ops from '../../../pipeline/graph/ops.ts';

export const ints = (graph: Graph, data: readonly number[], dims: readonly number[]): Value =>
  graph.constant({ dtype: 'int64', dims, data: BigInt64Array.from(data, BigInt) });
export const k = (graph: Graph, n: number) => ints(graph, [n], [1]);
export const square = (x: Value): Value => ops.mul(x, x);
/** Indices 0 and 1, of the axes of x. */
export const signs = (x: Value): Value =>
  ops.cast(ops.less(x, x.graph.scalar(0, x.dtype)), 'int64');
