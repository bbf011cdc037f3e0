import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../pipeline/schema/claims.ts';
import { CLAIMS } from '../../pipeline/stages/claims/all.ts';
import { difference, estimator } from '../../pipeline/stages/claims/estimator.ts';
import { powerRows } from '../../pipeline/stages/claims/power.ts';
import { zeroedSaes } from '../../pipeline/stages/claims/rewritten.ts';
import { LISTS, lists, topics } from '../../pipeline/stages/claims/simulation.ts';
import type { StudyTables } from '../../pipeline/stages/claims/tables.ts';
import {
  all,
  any,
  exceeds,
  given,
  greatest,
  near,
  staysBelow,
} from '../../pipeline/stages/claims/verdict.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.95 } };

const interval = (ci_low: number, ci_high: number) => ({
  mean: (ci_low + ci_high) / 2,
  ci_low,
  ci_high,
});
const claimOf = (id: string) => {
  const claim = CLAIMS.find((claim) => claim.id === id);
  assert.ok(claim, id);
  return claim;
};

test('the convention: what an interval includes decides, not its middle', () => {
  const size = 0.5;
  for (const [low, high, verdict] of [
    [0.1, 0.9, 'holds'],
    [0.1, 0.4, 'holds in part'],
    [-0.1, 0.4, 'does not hold'],
    [-0.1, 0.9, 'cannot be decided'],
    [-0.9, -0.1, 'does not hold'],
    [0, 0, 'does not hold'],
  ] as const)
    assert.equal(exceeds(interval(low, high), { beyond: 0, size }), verdict, `${low} to ${high}`);
  assert.equal(exceeds(null, { beyond: 0 }), 'cannot be decided');
  assert.equal(staysBelow(interval(0.1, 0.2), 0.25), 'holds');
  assert.equal(staysBelow(interval(0.3, 0.4), 0.25), 'does not hold');
  assert.equal(staysBelow(interval(0.2, 0.4), 0.25), 'cannot be decided');
});

test('an approximate number is as said within its tolerance, though the interval excludes it', () => {
  const about5 = { target: 5, tolerance: 1 };
  assert.equal(near(interval(5.1, 5.4), about5), 'holds');
  assert.equal(near(interval(5.6, 6.4), about5), 'cannot be decided');
  assert.equal(near(interval(7.7, 9.1), about5), 'does not hold');
});

test('parts of a claim, things of which one is enough, and the greatest of its kind', () => {
  const [yes, part, no, open] = [
    'holds',
    'holds in part',
    'does not hold',
    'cannot be decided',
  ] as const satisfies Verdict[];
  assert.deepEqual(
    [all([yes, yes]), all([yes, no]), all([yes, open]), all([no, open]), all([open]), all([])],
    [yes, part, part, no, open, open],
  );
  assert.deepEqual(
    [any([no, yes]), any([no, part]), any([no, no]), any([no, open]), any([])],
    [yes, part, no, open, open],
  );
  assert.deepEqual([given(no, [yes]), given(open, [yes]), given(yes, [no])], [no, open, part]);
  assert.equal(greatest([interval(1, 2), interval(0.1, 3)]), yes);
  assert.equal(greatest([interval(1, 2), interval(-3, -0.1)]), no);
  assert.equal(greatest([interval(1, 2), interval(-0.1, 3)]), open);
});

test('an interval that allows for many tests is wider, and the difference of two has its own', () => {
  const random = keyedRandom(3, 'observations');
  const world = { random, estimate: estimator(SETTINGS, 'test') };
  const observations = lists(world, { mean: 1, between: 1, within: 1 });
  const one = world.estimate.mean(observations, 'key')!;
  const many = world.estimate.meanAmong(observations, 'key', 18)!;
  const widened = (many.ci_high - many.ci_low) / (one.ci_high - one.ci_low);
  // Student's quantiles with 22 degrees of freedom, of 0.05 / 36 and of 0.05 / 2.
  assert.ok(Math.abs(widened - 3.374 / 2.074) < 0.02, String(widened));
  assert.deepEqual(difference(interval(7, 13), interval(1, 9)), {
    mean: 5,
    ci_low: 0,
    ci_high: 10,
  });
});

test('every claim has a rule with its power, or is one that no data can decide', () => {
  const ids = CLAIMS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    CLAIMS.filter(({ simulated }) => simulated === null).map(({ id }) => id),
    ['sampling', 'memory', 'cluster-maps', 'five-features'],
  );
  // Neither is a claim of the write-up.
  for (const id of ['residual-attention', 'diversity']) assert.ok(!ids.includes(id));
});

/** Shares of the verdicts of a claim's rule on simulated lists. */
function power(id: string, truth: 'true' | 'false', worlds = 60): Record<Verdict, number> {
  const rows = powerRows(claimOf(id), SETTINGS, worlds).filter((row) => row.truth === truth);
  return Object.fromEntries(rows.map(({ verdict, share }) => [verdict, share])) as Record<
    Verdict,
    number
  >;
}

test('no rule says often that a false claim holds, or that a true one does not', () => {
  for (const { id, simulated } of CLAIMS) {
    if (simulated === null || id === 'temperature') continue; // which takes long, and is in the table
    const worlds = 40;
    assert.ok(power(id, 'false', worlds).holds <= 0.15, id);
    assert.ok(power(id, 'true', worlds)['does not hold'] <= 0.15, id);
  }
});

test('a spike of 0.13 nats is seen, and on flat entropies nothing is', () => {
  for (const id of ['entropy-short-corrupted', 'entropy-long-corrupted']) {
    const seen = power(id, 'true');
    assert.ok(seen.holds > 0.5 && seen.holds + seen['holds in part'] > 0.9, id);
    const flat = power(id, 'false');
    assert.ok(flat.holds <= 0.05 && flat['holds in part'] <= 0.05, id);
  }
});

/** Tables of short lists whose entropy after each item is the same in all, but for a little noise. */
function entropyTables(entropies: readonly number[]): StudyTables {
  const random = keyedRandom(5, 'entropies');
  const ids = topics().flatMap((topic) =>
    Array.from({ length: LISTS }, (_, i) => ({ topic, sample_id: `${topic} ${i}` })),
  );
  const list = { template: 'short', temperature: 0.8, ended: true } as const;
  return {
    lists: ids.map((id) => ({ ...id, ...list })),
    temperature: 0.8,
    entropy: ids.flatMap(({ sample_id }) =>
      entropies.map((entropy, i) => ({
        sample_id,
        condition: 'corrupted',
        position_kind: 'item',
        item_index: i,
        items_from_end: entropies.length - 1 - i,
        entropy: entropy + 0.02 * random(),
      })),
    ),
  } as unknown as StudyTables;
}

test('an entropy that falls at the last item is no spike, though it fell more before', () => {
  const { ofStudy } = claimOf('entropy-short-corrupted');
  const verdictOf = (entropies: readonly number[]) =>
    ofStudy(entropyTables(entropies), estimator(SETTINGS, 'spike'))?.verdict;
  assert.equal(verdictOf([1, 0.7, 0.4, 0.3]), 'does not hold');
  assert.equal(verdictOf([0.1, 0.1, 0.1, 0.5]), 'holds');
  assert.equal(verdictOf([0, 0.2, 0.4, 0.6]), 'holds in part');
});

test('features that lengthen lists no more than random ones do are not said to', () => {
  const written = (items: Record<'ablated' | 'random', number>) =>
    topics().flatMap((sample_id, i) =>
      (['ablated', 'random'] as const).map((arm) => ({
        ...{ sample_id, sae_id: 'res_0', protocol: 'from-prompt' as const, arm, k: 5, draw: null },
        ...{ n_items: items[arm] + (i % 3), n_tokens: 0, n_repeats: 0, shannon_index: 0 },
        ...{ ended: true, blank_before_end: false },
      })),
    );
  const ids = topics().map((topic) => ({ sample_id: topic, topic }));
  const verdictOf = (items: Record<'ablated' | 'random', number>) => {
    const zeroed = zeroedSaes(written(items), ids as never, { k: 5, effects: [] });
    const tables = { zeroed } as unknown as StudyTables;
    return claimOf('longer').ofStudy(tables, estimator(SETTINGS, 'longer'))?.verdict;
  };
  assert.equal(verdictOf({ ablated: 11, random: 11 }), 'does not hold');
  assert.equal(verdictOf({ ablated: 8, random: 11 }), 'does not hold');
  assert.equal(verdictOf({ ablated: 11, random: 6 }), 'holds');
});
