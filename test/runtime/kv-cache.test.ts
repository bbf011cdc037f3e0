import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { MASKED } from '../../pipeline/models/attention-bias.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { KvCache, newNames } from '../../pipeline/runtime/kv-cache.ts';
import { numbers } from '../golden.ts';

const DIMS = {
  nLayers: 2,
  nHeads: 4,
  nKeyValueHeads: 2,
  dModel: 4,
  dHead: 2,
  dMlp: 4,
  dVocab: 9,
};
const { nKeyValueHeads: HEADS, dHead: D } = DIMS;

/** Keys and values of a block, each telling its layer and kind, its token and the head. */
const outputsOf = (ids: Tensor) =>
  Object.fromEntries(
    newNames(DIMS).map((name, kind) => {
      const [rows, length] = ids.dims as [number, number];
      const data = new Float32Array(rows * HEADS * length * D);
      for (let row = 0; row < rows; row++)
        for (let head = 0; head < HEADS; head++)
          for (let t = 0; t < length; t++) {
            const at = ((row * HEADS + head) * length + t) * D;
            data.fill(held(kind, Number(ids.data[row * length + t]), head), at, at + D);
          }
      return [name, float32(data, [rows, HEADS, length, D])];
    }),
  );
const held = (kind: number, id: number, head: number) => 1000 * kind + 10 * id + head;

function append(cache: KvCache, sequences: readonly (readonly number[])[], starts?: number[]) {
  const { feeds, length } = padLeft(sequences, starts);
  cache.append(outputsOf(feeds.ids), feeds.key_positions.data, length);
}

/** The tokens of every row, which must be at their positions, alike in every buffer, before empty slots. */
function tokensIn(cache: KvCache): number[][] {
  const { cache_positions: positions, ...buffers } = cache.feeds;
  const [rows, capacity] = positions!.dims as [number, number];
  return Array.from({ length: rows }, (_, row) => {
    const slots = numbers(positions!.data).slice(row * capacity, (row + 1) * capacity);
    const taken = slots.filter((position) => position !== MASKED);
    assert.deepEqual(
      slots.slice(0, taken.length),
      taken.map((_, i) => i),
    );
    const ids = taken.map((_, i) => Number(Object.values(buffers)[0]!.data[at(row, 0, i)]) / 10);
    Object.values(buffers).forEach(({ data, dims }, kind) => {
      assert.deepEqual(dims, [rows, HEADS, capacity, D]);
      for (let head = 0; head < HEADS; head++)
        ids.forEach((id, i) => {
          for (let d = 0; d < D; d++)
            assert.equal(data[at(row, head, i) + d], held(kind, id, head));
        });
    });
    return ids;

    function at(inRow: number, head: number, slot: number): number {
      return ((inRow * HEADS + head) * capacity + slot) * D;
    }
  });
}

suite('keys and values of rows', () => {
  const filled = () => {
    const cache = new KvCache(DIMS, 3);
    append(cache, [[1, 2, 3], [4], [5, 6]]);
    return cache;
  };

  test('are stored without padding', () => {
    assert.deepEqual(tokensIn(new KvCache(DIMS, 2)), [[], []]);
    assert.deepEqual(tokensIn(filled()), [[1, 2, 3], [4], [5, 6]]);
  });

  test('grow from where each row is', () => {
    const cache = filled();
    append(
      cache,
      [
        [1, 2, 3, 7],
        [4, 8],
        [5, 6, 1],
      ],
      [3, 1, 2],
    );
    append(
      cache,
      [
        [1, 2, 3, 7, 2],
        [4, 8, 3, 4],
        [5, 6, 1, 5],
      ],
      [4, 2, 3],
    );
    assert.deepEqual(tokensIn(cache), [
      [1, 2, 3, 7, 2],
      [4, 8, 3, 4],
      [5, 6, 1, 5],
    ]);
    const long = Array.from({ length: 300 }, (_, i) => i % 9);
    append(
      cache,
      [
        [0, 0, 0, 0, 0, ...long],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 2],
      ],
      [5, 4, 4],
    );
    assert.deepEqual(tokensIn(cache), [
      [1, 2, 3, 7, 2, ...long],
      [4, 8, 3, 4, 1],
      [5, 6, 1, 5, 2],
    ]);
  });

  test('are copied, or their first tokens, and go on by themselves', () => {
    const [cache, other] = [filled(), new KvCache(DIMS, 1)];
    append(other, [[1, 2, 3, 8]]);
    const copies = [cache.row(2, 1), cache.row(0, 2), other.row(0, 3), cache.row(1, 0)];
    const forked = KvCache.of(copies);
    assert.deepEqual(tokensIn(forked), [[5], [1, 2], [1, 2, 3], []]);
    append(forked, [[5, 8], [1, 2, 7], [1, 2, 3, 1], [2]], [1, 2, 3, 0]);
    assert.deepEqual(tokensIn(forked), [[5, 8], [1, 2, 7], [1, 2, 3, 1], [2]]);
    assert.deepEqual(tokensIn(cache), [[1, 2, 3], [4], [5, 6]]);
    assert.deepEqual(tokensIn(KvCache.of([other.row(0), cache.row(1)])), [[1, 2, 3, 8], [4]]);
  });

  test('are removed, and the last rows take their places', () => {
    const cache = filled();
    assert.deepEqual(cache.keepRows([0, 1, 2]), [0, 1, 2]);
    assert.deepEqual(cache.keepRows([1, 2]), [2, 1]);
    assert.deepEqual(tokensIn(cache), [[5, 6], [4]]);
    append(
      cache,
      [
        [5, 6, 1],
        [4, 2],
      ],
      [2, 1],
    );
    assert.deepEqual(tokensIn(cache), [
      [5, 6, 1],
      [4, 2],
    ]);
    assert.deepEqual(cache.keepRows([1]), [1]);
    append(cache, [[4, 2, ...new Array<number>(70).fill(3)]], [2]);
    assert.deepEqual(tokensIn(cache), [[4, 2, ...new Array<number>(70).fill(3)]]);
  });
});
