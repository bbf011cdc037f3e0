import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import type { OpName } from '../../pipeline/graph/operators.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { assertDerivative, buildCase, type Case } from './directional.ts';
import { ELEMENTWISE } from './vjp-cases/elementwise.ts';
import { INDEXING } from './vjp-cases/indexing.ts';
import { REDUCTIONS } from './vjp-cases/reductions.ts';
import { SHAPES } from './vjp-cases/shapes.ts';
import { k, signs, square } from './vjp-cases/values.ts';

/** Every operator; none where its result has no derivative. */
const CASES: Readonly<Record<OpName, readonly Case[]>> = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...INDEXING,
  ...SHAPES,
  Identity: [],
  Shape: [],
  Less: [],
  LessOrEqual: [],
  Equal: [],
  Loop: [],
  MatMulNBits: [], // refused: products.test.ts
};

for (const [op, cases] of Object.entries(CASES))
  for (const at of cases)
    test(`${op}: ${at.name}`, async () => {
      assert.ok(
        buildCase(at).graph.nodes.some((node) => node.op === op),
        `the case has no ${op}`,
      );
      await assertDerivative({ ...at, name: `${op}: ${at.name}` });
    });

test('second derivatives: every rule is made of operators that have one', async () => {
  const gradient = (y: Value, x: Value): Value => vjp(total(y), [x])[0]!;
  const cases: Record<string, (x: Value) => Value> = {
    'x³': (x) => gradient(ops.mul(square(x), x), x),
    softmax: (x) => gradient(square(ops.softmax(x)), x),
    'rows and columns': (x) =>
      gradient(square(ops.gatherColumns(ops.gather(square(x), signs(x)), k(x.graph, 1))), x),
  };
  for (const [name, build] of Object.entries(cases))
    await assertDerivative({ name, inputs: [[2, 3]], build: (_, x) => build(x!) });
});
