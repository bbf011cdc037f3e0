import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawToken, topPDistribution } from '../../pipeline/miniature/process.ts';
import { type Distribution, probabilityOf } from '../../pipeline/stats/distribution.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { distributionOf } from '../stats/distribution-of.ts';
import { assertNear, sum } from './miniature.ts';

test('a nucleus at a temperature is what the definition gives', () => {
  const random = keyedRandom(6, 'nucleus');
  for (let n = 1; n <= 40; n++) {
    const heat = Array.from({ length: n }, () => random() ** 4);
    const next = distributionOf(heat.map((h) => h / sum(heat)));
    for (const temperature of [0.1, 0.8, 1, 1.3])
      for (const topP of [0.3, 0.9, 1]) {
        const found = topPDistribution(next, temperature, topP);
        const expected = nucleusByDefinition(next, temperature, topP);
        for (const id of next.ids)
          assertNear(probabilityOf(found, id), expected.get(id) ?? 0, 1e-12);
      }
  }
});

test('tokens of equal probability enter a nucleus together', () => {
  const found = topPDistribution(distributionOf([0.2, 0.4, 0.2, 0.2]), 1, 0.5);
  assert.deepEqual([...found.ids], [0, 1, 2, 3]);
  assert.deepEqual([...topPDistribution(distributionOf([0.2, 0.4, 0.2, 0.2]), 1, 0.3).ids], [1]);
});

test('near 0 the likeliest tokens alone are kept, however small the powers get', () => {
  const next = distributionOf([0.2, 0.3, 0.2, 0.3]);
  for (const temperature of [1e-2, 1e-4, 1e-6, 1e-12, 1e-30])
    for (const topP of [1e-30, 0.9, 1]) {
      const { ids, probs } = topPDistribution(next, temperature, topP);
      const likely = [...ids].map((id, i) => [id, probs[i]] as const).filter(([, p]) => p! > 0);
      assert.deepEqual(likely.slice(0, 2), [
        [1, 0.5],
        [3, 0.5],
      ]);
      assert.ok(sum(likely.slice(2).map(([, p]) => p!)) < 1e-9);
    }
  const unlikely = topPDistribution(distributionOf([1e-250, 2e-250]), 1e-6, 0.9);
  assert.deepEqual([[...unlikely.ids], [...unlikely.probs]], [[1], [1]]);
});

/** softmax(log p / T), then the likeliest tokens until they hold topP. */
function nucleusByDefinition({ ids, probs }: Distribution, temperature: number, topP: number) {
  const heat = probs.map((p) => Math.exp(Math.log(p) / temperature));
  const ranked = [...ids]
    .map((id, i) => ({ id, p: heat[i]! / sum(heat) }))
    .sort((a, b) => b.p - a.p);
  let mass = 0;
  const kept = ranked.filter(({ p }) => {
    const open = mass < topP;
    mass += p;
    return open;
  });
  const total = sum(kept.map(({ p }) => p));
  return new Map(kept.map(({ id, p }) => [id, p / total]));
}

test('a token is drawn as often as its probability says, at a temperature too', () => {
  const next = distributionOf([0.5, 0.25, 0.15, 0.1]);
  for (const sampling of [{}, { temperature: 0.8, topP: 0.85 }]) {
    const expected = nucleusByDefinition(next, sampling.temperature ?? 1, sampling.topP ?? 1);
    const drawn = Array.from({ length: 1000 }, (_, i) =>
      drawToken(next, () => (i + 0.5) / 1000, sampling),
    );
    for (const id of next.ids)
      assertNear(
        drawn.filter((d) => d === id).length / 1000,
        expected.get(id) ?? 0,
        0.0011,
        `token ${id}`,
      );
  }
});
