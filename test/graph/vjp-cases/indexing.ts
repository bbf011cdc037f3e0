import * as layout from '../../../pipeline/graph/layout.ts';
import type { OpName } from '../../../pipeline/graph/operators.ts';
import * as ops from '../../../pipeline/graph/ops.ts';
import type { Case } from '../directional.ts';
import { ints, signs, square } from './values.ts';

/** Operators that read or write at indices. */
export const INDEXING = {
  Gather: [
    {
      name: 'repeated rows',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2], [3])),
    },
    {
      name: 'rows by a matrix of indices',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2, 1, 1, 3], [2, 3])),
    },
    {
      name: 'rows of a symbolic axis',
      inputs: [['T', 3]],
      build: (g, x) => ops.gather(x!, ints(g, [2, 0, 2], [3])),
    },
    {
      name: 'rows of symbolic length by symbolic indices',
      inputs: [
        [2, 'T'],
        ['B', 'T'],
      ],
      build: (_, x, y) => ops.mul(ops.gather(x!, signs(y!)), layout.reshape(y!, ['B', 'T', 1])),
    },
    {
      name: 'rows counted from the end',
      inputs: [[4, 3]],
      build: (g, x) => ops.gather(x!, ints(g, [-1, 3, -4], [3])),
    },
    { name: 'one row', inputs: [[4, 3]], build: (g, x) => ops.gather(x!, ints(g, [2], [])) },
    {
      name: 'repeated columns',
      inputs: [['B', 'T', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [3, 1, 3], [3])),
    },
    {
      name: 'columns by a matrix of indices',
      inputs: [['B', 'T', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [2, 0, 2, 1, 1, 3], [2, 3])),
    },
    {
      name: 'columns by symbolic indices',
      inputs: [
        ['B', 4],
        ['T', 'B'],
      ],
      build: (_, x, y) => ops.mul(ops.gatherColumns(x!, signs(y!)), y!),
    },
    {
      name: 'one column',
      inputs: [['B', 4]],
      build: (g, x) => ops.gatherColumns(x!, ints(g, [2], [])),
    },
  ],
  GatherElements: [
    {
      name: 'repeated elements',
      inputs: [[2, 4]],
      build: (g, x) => ops.gatherElements(x!, ints(g, [3, 3, 0, 1, 2, 2], [2, 3])),
    },
    {
      name: 'symbolic axes',
      inputs: [
        ['B', 4],
        ['B', 'T'],
      ],
      build: (_, x, y) => ops.mul(ops.gatherElements(x!, signs(y!)), y!),
    },
  ],
  ScatterElements: [
    {
      name: 'with duplicates',
      inputs: [
        [2, 4],
        [2, 3],
      ],
      build: (g, x, u) => ops.scatterElementsAdd(x!, ints(g, [3, 3, 0, 1, 2, 2], [2, 3]), u!),
    },
    {
      name: 'symbolic axes',
      inputs: [
        ['B', 4],
        ['B', 'T'],
      ],
      build: (_, x, u) => square(ops.scatterElementsAdd(x!, signs(u!), u!)),
    },
  ],
  ScatterND: [
    {
      name: 'with duplicates',
      inputs: [
        [4, 3],
        [3, 3],
      ],
      build: (g, x, u) => ops.scatterAdd(x!, ints(g, [1, 3, 1], [3, 1]), u!),
    },
    {
      name: 'symbolic axes',
      inputs: [
        [2, 'B', 4],
        ['T', 'B', 4],
        ['T', 1],
      ],
      build: (_, x, u, y) =>
        square(ops.scatterAdd(x!, signs(y!), ops.mul(u!, layout.reshape(y!, ['T', 1, 1])))),
    },
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;
