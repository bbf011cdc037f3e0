import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeList } from '../../pipeline/miniature/process.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { sum, TOPIC_NAMES, tokens, walkOf } from './miniature.ts';

const { newline, blank, endOfTurn } = tokens;

/** What the miniature is made to show at the study's sampling: mean items, and share of blanks before the end. */
const INTENDED = {
  short: { items: [4, 6], blanks: [0.85, 1] },
  long: { items: [27, 33], blanks: [0, 0.1] },
  plain: { items: [8.5, 11.5], blanks: [0.2, 0.5] },
} as const;

for (const [name, intended] of Object.entries(INTENDED))
  test(`lists have the intended length and blanks at the study's sampling: ${name}`, () => {
    const lists = TOPIC_NAMES.flatMap((topic) =>
      Array.from({ length: 20 }, (_, i) => {
        const random = keyedRandom(7, `${name} ${topic} ${i}`);
        return writeList(walkOf(topic, name), random, { temperature: 0.8, topP: 0.9 });
      }),
    );
    const items = lists.map((list) => list.filter((id) => id === newline).length);
    assertWithin(sum(items) / lists.length, intended.items);
    const blanks = lists.filter((list) => list.at(-3) === blank).length;
    assertWithin(blanks / lists.length, intended.blanks);
    assert.ok(lists.every((list) => list.at(-1) === endOfTurn && list.at(-2) === newline));
  });

const assertWithin = (x: number, [low, high]: readonly [number, number]) =>
  assert.ok(low <= x && x <= high, `${x} is outside [${low}, ${high}]`);
