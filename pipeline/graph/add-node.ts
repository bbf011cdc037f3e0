import { innermostGraph, type Operation, type Value, type ValueType } from './builder.ts';

/** Add a node with one output. */
export const addNode = (operation: Operation, type: ValueType): Value =>
  innermostGraph(operation.inputs).node(operation, [type])[0];
