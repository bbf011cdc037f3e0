import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  colorClass,
  colorStep,
  highestOf,
  STEPS,
  scaleOf,
  stepStart,
} from '../../site/lib/explorers/token-colors.ts';
import { describeToken, splitLines, visible } from '../../site/lib/explorers/tokens.ts';

const token = (text: string) => ({ text, p: 0.5, entropy: 1, process: null, end: null });

test('a newline ends its line, and an end of turn stands on its own', () => {
  const lines = splitLines(['-', ' Cat', ' ', '\n', '-', ' Dog', '\n', '<end_of_turn>'].map(token));
  assert.deepEqual(
    lines.map((line) => line.map(({ text }) => text).join('')),
    ['- Cat \n', '- Dog\n', '<end_of_turn>'],
  );
});

test('a list that stops after a newline has no empty last line', () => {
  assert.equal(splitLines(['-', ' Cat', '\n'].map(token)).length, 1);
});

test('blanks and newlines are visible, spaces inside a name are not marked', () => {
  assert.equal(visible(' '), '␣');
  assert.equal(visible('\n\n'), '↵↵');
  assert.equal(visible(' New'), ' New');
});

test('every entropy has a step, and each step begins where the scale says', () => {
  for (let step = 0; step < STEPS; step++)
    assert.equal(colorStep(stepStart(step, 4) + 1e-9, 4), step);
  assert.equal(colorStep(0, 4), 0);
  assert.equal(colorStep(4, 4), STEPS - 1);
});

test('a token is described with what is known of it', () => {
  assert.equal(
    describeToken({ text: ' ', p: 0.123, entropy: 0.5, process: 0.456, end: null }),
    '“␣” sampled with probability 0.123; entropy after it 0.50 nats (of the process 0.46)',
  );
  assert.equal(
    describeToken({ text: '<end_of_turn>', p: 0.9, entropy: null, process: null, end: null }),
    '“<end_of_turn>” sampled with probability 0.900; nothing follows',
  );
});

test('a probability that no digit would be left of is said to be below the last one', () => {
  const said = describeToken({ ...token(' '), p: 1.5e-10, end: 2e-7 });
  assert.match(
    said,
    /^“␣” sampled with probability <0\.001; .*; the end with probability <0\.001$/,
  );
  assert.doesNotMatch(said, /e-/);
});

test('where it is known, a token says how probable the end is, and can be coloured by it', () => {
  const last = { ...token('\n'), end: 0.9 };
  assert.match(describeToken(last), /; the end with probability 0\.900$/);
  assert.equal(colorClass(last, 'end', 1), `token step-${STEPS - 1}`);
  assert.equal(colorClass({ ...last, end: null }, 'end', 1), 'token end');
  assert.equal(colorClass(last, 'entropy', 4), `token step-${colorStep(1, 4)}`);
});

test('an attribution has its sign in words and in colour, on the scale of its list', () => {
  const tokens = [
    { ...token('-'), attribution: -0.25 },
    { ...token(' Cat'), attribution: 1 },
    token('\n'),
  ];
  const highest = highestOf('attribution', tokens, 4);
  assert.equal(highest, 1);
  assert.deepEqual(
    tokens.map((of) => colorClass(of, 'attribution', highest)),
    ['token side-2', 'token side4', 'token end'],
  );
  assert.match(describeToken(tokens[0]!), /; −0\.250 logits of the end$/);
  const scale = scaleOf('attribution', highest);
  assert.deepEqual(scale.at(0), { className: 'token side-4', words: '−1.000' });
  assert.deepEqual(scale.at(4), { className: 'token side0', words: '0.000' });
  assert.deepEqual(scaleOf('attribution', highestOf('attribution', [token('-')], 4)), []);
});
