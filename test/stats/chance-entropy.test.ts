import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concentrationTest } from '../../pipeline/stats/chance-entropy.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

const TOPICS = Array.from({ length: 23 }, (_, i) => `topic ${i}`);
/** Five lists of each of 23 topics. */
const LABELS = TOPICS.flatMap((topic) => [topic, topic, topic, topic, topic]);
const test23 = () =>
  concentrationTest(LABELS, { draws: 4999, random: keyedRandom(1, 'concentration') });

test('two lists of one topic are rarer than one in twenty, by the exact probability', () => {
  // The second list is one of four among 114.
  const exact = 4 / 114;
  assert.ok(Math.abs(test23()([2]) - exact) < 0.01);
  assert.equal(test23()([1, 1]), 1);
});

test('one list is of one topic in any case, and all lists are of all: neither is local', () => {
  assert.equal(test23()([1]), 1);
  assert.equal(test23()(TOPICS.map(() => 5)), 1);
});

test('whole topics are fewer than chance would give, even where they are many', () => {
  const halfOfTheTopics = TOPICS.slice(0, 11).map(() => 5);
  assert.ok(test23()(halfOfTheTopics) < 0.01);
});

test('lists drawn without regard to their topics are called local one time in twenty at most', () => {
  const random = keyedRandom(7, 'null');
  const local = concentrationTest(LABELS, { draws: 999, random });
  const counts = (n: number) => {
    const drawn = LABELS.map((label) => [random(), label] as const)
      .sort(([a], [b]) => a - b)
      .slice(0, n);
    return [...Map.groupBy(drawn, ([, label]) => label).values()].map(({ length }) => length);
  };
  const called = Array.from({ length: 1000 }, (_, i) => local(counts(2 + (i % 60)))).filter(
    (p) => p <= 0.05,
  );
  assert.ok(called.length < 75, `${called.length} of 1000`);
  assert.ok(called.length > 10, `${called.length} of 1000`);
});
