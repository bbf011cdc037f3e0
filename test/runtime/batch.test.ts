import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32, int64 } from '../../pipeline/graph/tensor.ts';
import { MASKED } from '../../pipeline/models/attention-bias.ts';
import { nextIds, padLeft } from '../../pipeline/runtime/batch.ts';
import { floats, ints } from '../../pipeline/runtime/outputs.ts';
import { numbers } from '../golden.ts';

suite('a batch of sequences of three, one and four tokens', () => {
  const sequences = [[7, 8, 9], [5], [1, 2, 3, 4]];
  const batch = padLeft(sequences);

  test('is padded on the left', () => {
    assert.deepEqual([batch.rows, batch.length, batch.pads], [3, 4, [1, 3, 0]]);
    const { ids, positions, key_positions } = batch.feeds;
    assert.deepEqual(numbers(ids.data), [0, 7, 8, 9, 0, 0, 0, 5, 1, 2, 3, 4]);
    assert.deepEqual(numbers(positions.data), [0, 0, 1, 2, 0, 0, 0, 0, 0, 1, 2, 3]);
    const none = MASKED;
    assert.deepEqual(numbers(key_positions.data), [none, 0, 1, 2, none, none, none, 0, 0, 1, 2, 3]);
    for (const { dims } of [ids, positions, key_positions]) assert.deepEqual(dims, [3, 4]);
  });

  test('finds each token by its row and position', () => {
    const ids = numbers(batch.feeds.ids.data);
    sequences.forEach((sequence, row) => {
      assert.equal(batch.nTokens(row), sequence.length);
      assert.equal(ids[batch.lastIndex(row)], sequence.at(-1));
      sequence.forEach((id, pos) => {
        assert.equal(ids[batch.index(row, pos)], id);
        assert.equal(batch.position(row, batch.index(row, pos) % batch.length), pos);
      });
    });
    assert.deepEqual(
      batch.indices([[2, 0], [], [3]]).map((i) => ids[i]),
      [9, 7, 4],
    );
  });

  test('cuts out what a row has, from a position on', () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i);
    assert.deepEqual([...batch.unpadded(values, 0, { width: 2 })], [2, 3, 4, 5, 6, 7]);
    assert.deepEqual([...batch.unpadded(values, 0, { width: 2, from: 2 })], [6, 7]);
    assert.deepEqual([...batch.unpadded(values, 1)], [7]);
    assert.deepEqual([...batch.unpadded(values, 1, { from: 2 })], []);
  });

  test('masks padding, the positions before the first, and those from an end on', () => {
    const mask = (...asked: Parameters<typeof batch.mask>) => [...batch.mask(...asked).data];
    assert.deepEqual(mask(0), [0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert.deepEqual(mask(1), [0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert.deepEqual(mask(2), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert.deepEqual(mask(1, [2, 1, 9]), [0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert.deepEqual(batch.mask(1).dims, [3, 4, 1]);
  });

  test('may begin with later tokens of its sequences, whose positions stay', () => {
    const later = padLeft(sequences, [1, 0, 3]);
    const { ids, positions, key_positions } = later.feeds;
    assert.deepEqual(numbers(ids.data), [8, 9, 0, 5, 0, 4]);
    assert.deepEqual(numbers(positions.data), [1, 2, 0, 0, 0, 3]);
    assert.deepEqual(numbers(key_positions.data), [1, 2, MASKED, 0, MASKED, 3]);
    sequences.forEach((sequence, row) => {
      assert.equal(later.nTokens(row), sequence.length);
      assert.equal(ids.data[later.lastIndex(row)], BigInt(sequence.at(-1)!));
    });
    assert.deepEqual(later.indices([[2, 1], [0], [3]]), [1, 0, 3, 5]);
    assert.equal(later.position(0, 1), 2);
  });

  test('knows what follows each token', () => {
    const { data, dims } = nextIds(sequences);
    assert.deepEqual(numbers(data), [0, 8, 9, 0, 0, 0, 0, 0, 2, 3, 4, 0]);
    assert.deepEqual(dims, [3, 4, 1]);
  });
});

test('an output that is missing, or of another type, is refused by name', () => {
  const outputs = { loss: float32([1], [1]), token: int64([2], [1]) };
  assert.deepEqual([...floats(outputs, 'loss')], [1]);
  assert.deepEqual([...ints(outputs, 'token')], [2n]);
  assert.throws(() => floats(outputs, 'logits'), {
    message: 'no output logits: the run returned loss, token: fetch an output of the graph',
  });
  assert.throws(() => floats(outputs, 'token'), {
    message: 'output token is int64: read it as integers, or cast it in the graph',
  });
  assert.throws(() => ints(outputs, 'loss'), {
    message: 'output loss is float32: read it as floats, or cast it in the graph',
  });
});
