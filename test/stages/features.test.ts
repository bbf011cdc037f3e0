import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachOf } from '../../pipeline/stages/features.ts';
import { concentrationTest } from '../../pipeline/stats/chance-entropy.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

/** Five lists of each of 23 topics, as in the studies. */
const labels = Array.from({ length: 115 }, (_, i) => `topic ${i % 23}`);
const pOf = concentrationTest(labels, { draws: 999, random: keyedRandom(1, 'reach') });

/** What a feature is called that is active in so many lists of each of its topics. */
const familyOf = (counts: readonly number[]) => reachOf(counts, pOf(counts), 23).family;

test('a feature in few lists, each of another topic, is not local to topics', () => {
  assert.equal(familyOf([1]), 'undecided');
  assert.equal(familyOf([1, 1, 1]), 'undecided');
  // Eleven lists drawn at random are of about nine topics: an effective number below half says nothing.
  assert.equal(familyOf([2, 2, 1, 1, 1, 1, 1, 1, 1]), 'undecided');
});

test('a feature in the lists of few topics is local to them, and one in all lists to none', () => {
  assert.equal(familyOf([5]), 'topic-local');
  assert.equal(familyOf([5, 5, 5, 5, 5]), 'topic-local');
  assert.equal(familyOf(Array.from({ length: 23 }, () => 5)), 'whole-dataset');
  assert.equal(familyOf(Array.from({ length: 23 }, () => 3)), 'whole-dataset');
});
