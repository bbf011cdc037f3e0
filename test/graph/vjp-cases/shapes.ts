import * as layout from '../../../pipeline/graph/layout.ts';
import type { OpName } from '../../../pipeline/graph/operators.ts';
import * as ops from '../../../pipeline/graph/ops.ts';
import type { Case } from '../directional.ts';
import { square } from './values.ts';

/** Operators that only move numbers. */
export const SHAPES = {
  Transpose: [
    {
      name: 'three axes',
      inputs: [['B', 'T', 4]],
      build: (_, x) => layout.transpose(x!, [2, 0, 1]),
    },
    {
      name: 'two',
      inputs: [['B', 2, 'T', 4]],
      build: (_, x) => layout.transpose(x!, [0, 2, 1, 3]),
    },
  ],
  Reshape: [
    {
      name: 'merged axes',
      inputs: [['B', 'T', 4]],
      build: (_, x) => ops.reduceSum(square(layout.reshape(x!, ['B*T', 4])), [0]),
    },
    {
      name: 'split axes',
      inputs: [['B', 'T', 4]],
      build: (_, x) => square(layout.reshape(x!, ['B', 'T', 2, 2])),
    },
    {
      name: 'symbols that change their places',
      inputs: [['T', 4, 'B']],
      build: (_, x) => layout.reshape(x!, ['B', 'T', 4]),
    },
    {
      name: 'one symbol twice',
      inputs: [['T', 'T']],
      build: (_, x) => layout.reshape(x!, [1, 1, 'T', 'T']),
    },
  ],
  Expand: [
    { name: 'known', inputs: [[1, 3]], build: (_, x) => layout.expand(x!, [2, 3]) },
    {
      name: 'to more axes, of which two are symbolic',
      inputs: [[3, 1], ['B'], ['T']],
      build: (_, x, b, t) =>
        ops.mul(ops.mul(layout.expand(x!, ['B', 3, 'T']), layout.reshape(b!, ['B', 1, 1])), t!),
    },
    {
      name: 'symbolic',
      inputs: [
        [1, 3],
        ['B', 3],
      ],
      build: (_, x, y) => ops.mul(layout.expandLike(x!, y!), y!),
    },
  ],
  Concat: [
    {
      name: 'known and symbolic lengths',
      inputs: [
        ['B', 'T', 4],
        ['B', 2, 4],
      ],
      build: (_, a, b) => ops.reduceSum(square(layout.concat([a!, b!], 1)), [1]),
    },
    {
      name: 'one part twice',
      inputs: [[2, 'T'], [1, 'T'], ['T']],
      build: (_, a, b, c) => ops.mul(layout.concat([a!, b!, a!], 0), c!),
    },
    {
      name: 'parts whose other axes have other names',
      inputs: [
        [2, 3],
        ['B', 3],
      ],
      build: (_, a, b) => ops.add(layout.concat([a!, b!], 1), ops.reduceSum(square(b!), [0, 1])),
    },
  ],
  Split: [
    {
      name: 'one part unused',
      inputs: [['B', 6]],
      build: (_, x) => {
        const [a, , c] = layout.split(x!, [2, 1, 3], -1);
        return layout.concat([c!, a!], -1);
      },
    },
    {
      name: 'as long as others',
      inputs: [
        ['B', 'T'],
        ['B', 2],
      ],
      build: (_, a, b) => {
        const [c, d] = layout.splitLike(square(layout.concat([a!, b!], -1)), [a!, b!], -1);
        return ops.mul(ops.reduceSum(c!, [-1]), d!);
      },
    },
    {
      name: 'of a symbolic axis that is used elsewhere, too',
      inputs: [['B', 'T']],
      build: (_, x) => {
        const [a, b] = layout.split(x!, [1, 2], -1);
        return ops.mul(ops.mul(a!, x!), ops.reduceSum(square(b!), [-1]));
      },
    },
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;
