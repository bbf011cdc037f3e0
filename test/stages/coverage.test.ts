import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Covered } from '../../pipeline/schema/coverage.ts';
import { POPULATIONS } from '../../pipeline/stages/coverage/populations.ts';
import { simulateCoverage } from '../../pipeline/stages/coverage/simulate.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

const SETTINGS = { seed: 11, bootstrap: { resamples: 400, confidence: 0.95 } };
const populationOf = (quantity: Covered) =>
  POPULATIONS.find((population) => population.quantity === quantity)!;

function covered(quantity: Covered, topics = 23, simulations = 300) {
  const population = populationOf(quantity);
  const [own, percentile] = simulateCoverage(
    { population, topics, lists: 5, simulations },
    SETTINGS,
  );
  return { own: own!, percentile: percentile! };
}

suite('intervals over 23 topics of 5 lists hold the truth about as often as they say', () => {
  for (const { quantity } of POPULATIONS)
    test(quantity, () => {
      const { own } = covered(quantity);
      // 300 simulations tell coverage to ± 2.5 points: what they leave open must reach 93 to 97 %.
      assert.ok(own.ci_high > 0.93 && own.ci_low < 0.97, `${own.coverage}`);
    });
});

test('those of the percentile bootstrap hold it too seldom', () => {
  for (const quantity of ['share_near_1', 'items_added_to_few'] as const)
    assert.ok(covered(quantity).percentile.ci_high < 0.945, quantity);
});

test('of one topic’s lists, means have it far more often than by the percentile bootstrap', () => {
  const { own, percentile } = covered('items_added', 1);
  assert.ok(own.coverage > 0.9, `${own.coverage}`);
  assert.ok(percentile.coverage < 0.86, `${percentile.coverage}`);
});

test('where most lists are not changed, one topic’s lists say too little', () => {
  assert.ok(covered('items_added_to_few', 1).own.coverage < 0.8);
});

test('the true values are those of many topics', () => {
  for (const { quantity, kind, truth, topic } of POPULATIONS) {
    const random = keyedRandom(3, quantity);
    const lists = Array.from({ length: 20_000 }, () => topic(random).list(random));
    const total = (column: number) => lists.reduce((sum, list) => sum + list[column]!, 0);
    const found =
      kind === 'hazard difference'
        ? total(0) / total(1) - total(2) / total(3)
        : total(0) / lists.length;
    assert.ok(
      Math.abs(found - truth) < 0.02 * Math.max(1, Math.abs(truth)),
      `${quantity} ${found}`,
    );
  }
});

test('the same seed gives the same rows', () => {
  assert.deepEqual(covered('items_added', 23, 20), covered('items_added', 23, 20));
});
