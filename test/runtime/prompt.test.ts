import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  distinctPrompts,
  type Prompt,
  readingOrder,
  sharedPrefixes,
} from '../../pipeline/runtime/prompt.ts';

const vector = (...values: number[]) => Float32Array.from(values);
const at = (pos: number, ...values: number[]) => ({ pos, delta: vector(...values) });

suite('prompts that are read alike', () => {
  const plain: Prompt = { key: 'plain', prompt: [2, 5, 7] };
  const edited: Prompt = { ...plain, key: 'edited', additions: [at(1, 1, 2)] };

  test('are one, whatever their keys and draws, and whichever objects hold the edits', () => {
    const prompts: Prompt[] = [
      edited,
      plain,
      { ...edited, key: 'again', drawn: 3, additions: [at(1, 1, 2)] },
      { ...plain, key: 'without', additions: [] },
    ];
    const { distinct, sequenceOf } = distinctPrompts(prompts);
    assert.deepEqual(distinct, [edited, plain]);
    assert.deepEqual(sequenceOf, [0, 1, 0, 1]);
  });

  for (const [what, other] of Object.entries<Prompt>({
    'another token': { ...edited, prompt: [2, 5, 8] },
    'another position': { ...edited, additions: [at(2, 1, 2)] },
    'one bit of a vector': { ...edited, additions: [at(1, 1, 2 + 2 ** -22)] },
    'the sign of a zero': { ...edited, additions: [at(1, 1, -0), at(1, 0, 2)] },
    'a second addition': { ...edited, additions: [at(1, 1, 2), at(1, 0, 0)] },
    'no addition': plain,
    'a steering vector instead': { ...plain, steering: vector(1, 2) },
    'a steering vector, too': { ...edited, steering: vector(1, 2) },
  }))
    test(`are not, where they differ by ${what}`, () => {
      assert.equal(distinctPrompts([edited, other]).distinct.length, 2);
    });

  test('meet, after those that share more', () => {
    const prompts: Prompt[] = [
      { key: 'long', prompt: [2, 5, 7, 9] },
      edited,
      { key: 'other', prompt: [2, 4, 7] },
      plain,
      { key: 'long again', prompt: [2, 5, 7, 9] },
      { ...edited, key: 'edited again' },
    ];
    const found = readingOrder(prompts).map((index) => prompts[index]!.key);
    assert.deepEqual(found, ['edited', 'edited again', 'other', 'plain', 'long', 'long again']);
  });
});

suite('prompts of the same tokens', () => {
  const tokens = [2, 5, 7, 9, 4];
  const edits = (...positions: number[]): Prompt => ({
    key: 'edited',
    prompt: tokens,
    additions: positions.map((pos) => at(pos, 1)),
  });

  test('share what two of them have before their first edits; without edits, all but the last token', () => {
    const plain: Prompt = { key: 'plain', prompt: tokens };
    const other: Prompt = { key: 'other', prompt: [2, 5, 7] };
    const prompts = [edits(3, 1), other, edits(3), edits(2), plain, other];
    assert.deepEqual(sharedPrefixes(prompts.slice(0, 5)), {
      prefixes: [[2, 5, 7]],
      prefixOf: [0, 0, 0, 0, 0],
      starts: [1, 0, 3, 2, 3],
    });
    assert.deepEqual(sharedPrefixes(prompts.slice(1)), {
      prefixes: [
        [2, 5],
        [2, 5, 7],
      ],
      prefixOf: [0, 1, 1, 1, 0],
      starts: [2, 3, 2, 3, 2],
    });
  });

  test('and others nothing', () => {
    const other = edits(2);
    const others = [
      other,
      { ...other, prompt: [3, 5, 7, 9, 4] },
      { ...other, prompt: [2, 5, 7, 9] },
    ];
    const starts = [0, 0, 0];
    assert.deepEqual(sharedPrefixes(others), { prefixes: [], prefixOf: starts, starts });
  });

  test('share nothing where they are edited from the start', () => {
    const steered: Prompt = { ...edits(3), steering: vector(1) };
    for (const prompts of [
      [edits(0), edits(0, 3)],
      [steered, { ...steered, additions: [] }],
    ])
      assert.deepEqual(sharedPrefixes(prompts), { prefixes: [], prefixOf: [0, 0], starts: [0, 0] });
  });
});
