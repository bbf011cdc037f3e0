import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkage } from '../../pipeline/stats/linkage.ts';
import { assertClose, loadGolden, numbers, openGolden, tolerance } from '../golden.ts';

const golden = openGolden('stats');
const FILE = 'stats.npz';

test('merges, heights and leaf order are scipy’s, by rows and by columns', async () => {
  const npz = await loadGolden(golden, FILE);
  const matrices = npz.names.filter((name) => /^m\d+$/.test(name));
  assert.ok(matrices.length > 0);
  for (const name of matrices) {
    const [rows, columns] = npz.get(name).dims as [number, number];
    const data = numbers(npz.get(name).data);
    const byRow = Array.from({ length: rows }, (_, i) =>
      data.slice(i * columns, (i + 1) * columns),
    );
    const byColumn = Array.from({ length: columns }, (_, j) => byRow.map((row) => row[j]!));
    for (const [axis, points] of [
      ['rows', byRow],
      ['cols', byColumn],
    ] as const)
      for (const method of ['average', 'ward'] as const) {
        const what = `${name}_${axis}_${method}`;
        const { merges, leaves } = linkage(points, method);
        const expected = npz.get(`${what}_linkage`);
        const found = merges.flatMap(({ left, right, height, size }) => [
          left,
          right,
          height,
          size,
        ]);
        const actual = { ...expected, data: Float64Array.from(found) };
        assertClose(actual, expected, tolerance(golden, FILE, `${what}_linkage`), what);
        assert.deepEqual(leaves, numbers(npz.get(`${what}_leaves`).data), what);
      }
  }
});

test('one point is its own tree; none is refused', () => {
  assert.deepEqual(linkage([[1, 2]], 'average'), { merges: [], leaves: [0] });
  assert.throws(() => linkage([], 'ward'), /no points to cluster/);
});

test('equal points merge at 0, children before parents', () => {
  const { merges, leaves } = linkage([[1], [1], [1], [5]], 'average');
  assert.deepEqual(
    merges.map(({ height }) => height),
    [0, 0, 4],
  );
  for (const [i, { left, right }] of merges.entries())
    assert.ok(left < right && right < 4 + i, 'a merge of clusters that are there');
  assert.deepEqual(leaves.toSorted(), [0, 1, 2, 3]);
});

test('no merge stands before one that it joins, where distances are equal but for rounding', () => {
  // Features that are each active in one list: all are √2 apart, and rounding puts some means a bit below it.
  for (let n = 2; n <= 40; n++) {
    const points = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => +(i === j)),
    );
    const { merges, leaves } = linkage(points, 'average');
    merges.forEach(({ left, right, height }, i) => {
      assert.ok(left < right && right < n + i, `${n} points, merge ${i}`);
      assert.ok(i === 0 || height >= merges[i - 1]!.height);
    });
    assert.equal(new Set(leaves).size, n);
  }
});
