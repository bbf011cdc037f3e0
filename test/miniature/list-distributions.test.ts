import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributions, writeList } from '../../pipeline/miniature/process.ts';
import { QUALIFIERS } from '../../pipeline/miniature/qualifiers.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { assertNear, sum, TOPIC_NAMES, walkOf } from './miniature.ts';

test('every distribution sums to 1 and holds only positive probabilities', () => {
  for (const topic of TOPIC_NAMES)
    for (const qualifier of QUALIFIERS) {
      const random = keyedRandom(3, `${topic} ${qualifier.name}`);
      const answer = writeList(walkOf(topic, qualifier), random);
      for (const next of distributions(walkOf(topic, qualifier), answer).slice(0, -1)) {
        assertNear(sum(next!.probs), 1, 1e-12, topic);
        assert.ok(next!.probs.every((p) => p > 0));
        assert.equal(new Set(next!.ids).size, next!.ids.length);
      }
    }
});
