import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { distinctPrompts, type Prompt, readingOrder } from '../../pipeline/runtime/prompt.ts';

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

  test('meet, as do those of one length', () => {
    const prompts: Prompt[] = [
      { key: 'long', prompt: [2, 5, 7, 9] },
      edited,
      { key: 'other', prompt: [2, 4, 7] },
      plain,
      { key: 'long again', prompt: [2, 5, 7, 9] },
      { ...edited, key: 'edited again' },
    ];
    const found = readingOrder(prompts).map((index) => prompts[index]!.key);
    assert.deepEqual(found, ['other', 'plain', 'edited', 'edited again', 'long', 'long again']);
  });
});
