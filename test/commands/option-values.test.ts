import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gigabytesOf, MOST_SHARDS, wholeNumber } from '../../pipeline/commands/option-values.ts';

test('a number that is none is refused: as a number of steps it would train for none', () => {
  const steps = wholeNumber('--steps', 1);
  assert.deepEqual(['1', '1500', '2e3'].map(steps), [1, 1500, 2000]);
  for (const text of [
    'abc',
    '0x10',
    '+3',
    ' 8',
    '0',
    '-3',
    '1.5',
    '',
    ' ',
    'Infinity',
    'NaN',
    '1e300',
  ])
    assert.throws(() => steps(text), { message: `--steps ${text}: give a whole number from 1 on` });
  assert.equal(wholeNumber('--seed', 0)('0'), 0);
  const shards = wholeNumber('--shards', 1, MOST_SHARDS);
  assert.equal(shards('10000'), 10_000);
  assert.throws(() => shards('1000000000'), {
    message: '--shards 1000000000: give a whole number 1 to 10000',
  });
});

test('a memory is a number of GB', () => {
  assert.deepEqual(['24', '0.5'].map(gigabytesOf), [24, 0.5]);
  for (const text of ['', 'x', '0', '-1', 'Infinity', '24GB', '0x10', '1e-300', '1e300', '2,5'])
    assert.throws(() => gigabytesOf(text), {
      message: `--memory ${text}: give a number of GB, as in --memory 24`,
    });
});
