import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { groupReadings, partsOf } from '../../pipeline/interp/shared-readings.ts';
import { numbers } from '../golden.ts';

const delta = Float32Array.of(1);
const reading = (ids: number[], ...positions: number[]) => ({
  ids,
  additions: positions.map((pos) => ({ pos, delta })),
});

suite('readings of the same sequences', () => {
  const [long, short] = [
    [2, 3, 4, 5, 6],
    [2, 7, 8],
  ];
  const readings = [
    reading(long, 3),
    reading([2, 9], 1),
    reading(short, 1, 2),
    reading(long, 4, 2),
    reading(long),
    reading(short, 2),
  ];

  test('are one group, where they fit, and batches of similar lengths', () => {
    const groups = groupReadings(readings, 4);
    assert.deepEqual(groups, [
      {
        readings: [1, 2, 5, 0, 3, 4],
        repeated: [
          [2, 5],
          [0, 3, 4],
        ],
      },
    ]);
    const parts = [...partsOf(readings, groups[0]!, 4)];
    assert.deepEqual(
      parts.map(({ indices, starts }) => [indices, starts]),
      [
        [
          [5, 4, 1, 2],
          [2, 4, 0, 1],
        ],
        [
          [0, 3],
          [3, 2],
        ],
      ],
    );
    assert.deepEqual(numbers(parts[0]!.batch.feeds.ids.data), [0, 8, 0, 6, 2, 9, 7, 8]);
    assert.deepEqual(numbers(parts[1]!.batch.feeds.positions.data), [0, 3, 4, 2, 3, 4]);
  });
});

test('a group has at most a batch of sequences, and some batches of readings', () => {
  const sequences = Array.from({ length: 10 }, (_, i) => [2, 3 + i]);
  const times = (n: number) => sequences.flatMap((ids) => new Array(n).fill(reading(ids, 1)));
  const sizes = (n: number) =>
    groupReadings(times(n), 4).map(({ readings, repeated }) => [readings.length, repeated.length]);
  assert.deepEqual(sizes(1), [
    [4, 0],
    [4, 0],
    [2, 0],
  ]);
  assert.deepEqual(sizes(3), [
    [12, 4],
    [12, 4],
    [6, 2],
  ]);
  assert.deepEqual(sizes(16), [
    [32, 2],
    [32, 2],
    [32, 2],
    [32, 2],
    [32, 2],
  ]);
  assert.deepEqual(sizes(50), new Array(10).fill([50, 1]));
});
