import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributions } from '../../pipeline/miniature/process.ts';
import { tokenizer, tokens, walkOf } from './miniature.ts';
import { colors, lines, ONE_TOKEN_TOPIC } from './walks.ts';

const { hyphen, newline, blank, endOfTurn } = tokens;

/** Each is an answer that the process could not have written, by where it leaves. */
const LEAVING: Record<string, readonly number[]> = {
  'no item': [hyphen],
  'an item of another topic': [tokenizer.id(' London')],
  'a hyphen right after an item': [...lines([0]), hyphen],
  'two items on a line': [...lines([0]), colors[1]!],
  'two blanks': [...lines([0]), blank, blank],
  'the end after a blank': [...lines([0]), blank, endOfTurn],
  'an item without a hyphen': [...lines([0]), newline, colors[1]!],
  'an empty line': [...lines([0]), newline, newline],
};

for (const [name, answer] of Object.entries(LEAVING))
  test(`nothing follows where a list leaves the process: ${name}`, () => {
    const rest = [newline, hyphen, colors[2]!, newline];
    const all = distributions(walkOf(ONE_TOKEN_TOPIC, 'short'), [...answer, ...rest]);
    assert.equal(all.length, answer.length + rest.length + 1);
    const left = all.map((next) => next === null);
    assert.deepEqual(
      left,
      all.map((_, i) => i >= answer.length),
    );
  });

test('nothing follows the end of the turn', () => {
  const answer = [...lines([0]), newline, endOfTurn, hyphen, colors[1]!];
  const all = distributions(walkOf(ONE_TOKEN_TOPIC, 'short'), answer);
  assert.deepEqual(
    all.map((next) => next === null),
    [false, false, false, true, true, true],
  );
});
