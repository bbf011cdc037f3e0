import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type ListColumns,
  type ListPair,
  RATIO_METRICS,
  summariseRatio,
} from '../../pipeline/stages/differences.ts';
import { metricEffect, type WrittenMetric } from '../../pipeline/stages/metric-effects.ts';
import { tQuantile } from '../../pipeline/stats/student-t.ts';
import { assertNear } from '../miniature/miniature.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 300, confidence: 0.95 } };

/** A list of a topic with so many items and tokens. */
const list = (topic: string, n_items: number, n_tokens: number, ended = true) => {
  const row: ListColumns = {
    sample_id: `${topic} ${n_items}`,
    n_items,
    n_tokens,
    n_repeats: 0,
    shannon_index: 0,
    ended,
    blank_before_end: false,
  };
  const items = Array.from({ length: n_items }, (_, i) => `item ${i}`);
  return { topic, row, items };
};
type List = ReturnType<typeof list>;
const pairsOf = (...pairs: [outcome: List, baseline: List][]): ListPair<ListColumns>[] =>
  pairs.map(([outcome, baseline]) => ({ outcome, baseline }));

const PAIRS = pairsOf(
  [list('a', 8, 30), list('a', 4, 12)],
  [list('a', 2, 6, false), list('a', 2, 8)],
  [list('b', 10, 44), list('b', 4, 20)],
);

suite('a ratio of sums over lists', () => {
  const settings = { ...SETTINGS, cluster: 'topic' as const };
  const ratio = (pairs: readonly ListPair<ListColumns>[], metric: keyof typeof RATIO_METRICS) =>
    summariseRatio(pairs, RATIO_METRICS[metric], 'key', settings);

  test('the hazard is ends over items: of all lists, not a mean of ratios', () => {
    const hazard = ratio(PAIRS, 'hazard')!;
    // 2 ends over 20 items, against 3 over 10.
    assertNear(hazard.arm_mean, 0.1, 1e-12);
    assertNear(hazard.mean, 0.1 - 0.3, 1e-12);
    assert.equal(hazard.n, 3);
    assert.equal(hazard.variance, null);
  });

  test('its interval is that of topics: of two, Student’s t with what each adds to the difference', () => {
    const hazard = ratio(PAIRS, 'hazard')!;
    // Topic a: (1 − 0.1 · 10) / 20 − (2 − 0.3 · 6) / 10 = −0.02; b: 0.02.
    const standardError = Math.sqrt(2 * (0.02 ** 2 + 0.02 ** 2));
    assertNear(hazard.ci_low, -0.2 - tQuantile(0.95, 1) * standardError, 1e-9);
    assertNear(hazard.ci_high, -0.2 + tQuantile(0.95, 1) * standardError, 1e-9);
    assert.ok(hazard.p! > 0.05);
  });

  test('tokens an item', () => {
    const tokens = ratio(PAIRS, 'tokens_per_item')!;
    assertNear(tokens.arm_mean, 80 / 20, 1e-12);
    assertNear(tokens.mean, 80 / 20 - 40 / 10, 1e-12);
  });

  test('there is none where the lists have no items, under the edit or before it', () => {
    const none = list('a', 0, 5);
    assert.equal(ratio(pairsOf([none, list('a', 4, 12)]), 'hazard'), null);
    assert.equal(ratio(pairsOf([list('a', 4, 12), none]), 'hazard'), null);
    assert.equal(ratio(pairsOf([none, none]), 'tokens_per_item'), null);
  });

  test('a topic without an item has no part in its denominator', () => {
    const half = pairsOf([list('a', 0, 5), list('a', 4, 12)], [list('b', 5, 10), list('b', 4, 12)]);
    const hazard = ratio(half, 'hazard')!;
    assertNear(hazard.arm_mean, 2 / 5, 1e-12);
    assert.ok(Number.isFinite(hazard.ci_low) && Number.isFinite(hazard.ci_high));
  });

  test('of one topic, lists are resampled', () => {
    const ofTopic = PAIRS.slice(0, 2);
    const byList = summariseRatio(ofTopic, RATIO_METRICS.hazard, 'key', {
      ...SETTINGS,
      cluster: 'list',
    })!;
    const byTopic = ratio(ofTopic, 'hazard')!;
    assert.equal(byList.mean, byTopic.mean);
    assert.equal(byTopic.ci_low, byTopic.ci_high);
    assert.ok(byList.ci_low < byList.ci_high);
  });
});

suite('the metrics of written lists', () => {
  const effect = (metric: WrittenMetric, runs = [PAIRS]) =>
    metricEffect({ runs, metric, cluster: 'topic', key: 'key' }, SETTINGS)!;

  test('a list’s own: the mean difference', () => {
    assertNear(effect('n_items').mean, (4 + 0 + 6) / 3, 1e-12);
    assertNear(effect('n_items').arm_mean, 20 / 3, 1e-12);
    assertNear(effect('n_tokens').mean, (18 - 2 + 24) / 3, 1e-12);
    assertNear(effect('share_ended').mean, -1 / 3, 1e-12);
    assertNear(effect('n_items').variance!, 28 / 3, 1e-12);
    assert.equal(effect('n_items').n, 3);
  });

  test('a topic’s: the diversity of all its items together', () => {
    // Of topic a, two items stand in both lists: 8 names, of which 2 are there twice, against 4, 2 twice.
    const shannon = (...counts: number[]) => {
      const n = counts.reduce((a, b) => a + b, 0);
      return counts.reduce((sum, count) => sum - (count / n) * Math.log(count / n), 0);
    };
    const a = shannon(2, 2, 1, 1, 1, 1, 1, 1) - shannon(2, 2, 1, 1);
    const b = Math.log(10) - Math.log(4);
    assertNear(effect('topic_shannon_index').mean, (a + b) / 2, 1e-12);
    assert.equal(effect('topic_shannon_index').n, 2);
  });

  test('at equal length, lists without repeats are equally diverse', () => {
    assert.equal(effect('shannon_rarefied').mean, 0);
    assert.ok(effect('shannon_index').n === effect('shannon_rarefied').n);
    const repeating = { ...list('a', 4, 12), items: ['oak', 'oak', 'oak', 'elm'] };
    const shorter = { ...list('a', 2, 8), items: ['oak', 'elm'] };
    const { mean, arm_mean } = effect('shannon_rarefied', [pairsOf([repeating, shorter])]);
    // Two of the four: an elm among them in 3 of the 6 pairs.
    assertNear(arm_mean, Math.log(2) / 2, 1e-12);
    assertNear(mean, Math.log(2) / 2 - Math.log(2), 1e-12);
  });

  test('a topic’s items are compared at the smaller pool’s number', () => {
    // Topic a: six of ten with two names twice, each drawn twice in a third of the draws, against all six, two twice.
    const a = Math.log(6) - (2 * (1 / 3) * 2 * Math.log(2)) / 6;
    const before = Math.log(6) - (2 * 2 * Math.log(2)) / 6;
    assertNear(effect('topic_shannon_rarefied').mean, (a - before) / 2, 1e-12);
  });

  test('of several runs the interval is the band of one run, and nothing is tested', () => {
    const runs = effect('n_items', [PAIRS, PAIRS]);
    assert.equal(runs.p, null);
    assertNear(runs.mean, effect('n_items').mean, 1e-12);
    // Topic a alone, and b alone: its four and nothing, its six.
    assert.deepEqual([runs.ci_low, runs.ci_high], [2, 6]);
  });

  test('a ratio of several runs pools them', () => {
    const once = effect('hazard');
    const twice = effect('hazard', [PAIRS, PAIRS]);
    assertNear(twice.mean, once.mean, 1e-12);
    assert.equal(twice.n, 2 * once.n);
  });
});
