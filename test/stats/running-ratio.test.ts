import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRatio } from '../../pipeline/stats/cluster-ratio.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { runningRatio } from '../../pipeline/stats/running-ratio.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.95 } };

test('a ratio of means is the same in whichever parts its observations come, and of sums by cluster', () => {
  const random = keyedRandom(7, 'parts and wholes');
  const rows = Array.from({ length: 60 }, (_, i) => {
    const whole = 1 + random();
    return { part: whole * (0.3 + 0.1 * random()), whole, cluster: i % 6 };
  });
  const running = runningRatio();
  for (const { part, whole, cluster } of rows) running.add(part, whole, cluster);
  const found = running.estimate('share', SETTINGS)!;
  const sum = (of: 'part' | 'whole') => rows.reduce((total, row) => total + row[of], 0);
  assert.ok(Math.abs(found.mean - sum('part') / sum('whole')) < 1e-12);
  assert.ok(found.ci_low < found.mean && found.mean < found.ci_high);
  assert.equal(found.n, 60);
  const read = {
    rows,
    part: (row: (typeof rows)[number]) => row.part,
    whole: (row: (typeof rows)[number]) => row.whole,
    cluster: (row: (typeof rows)[number]) => row.cluster,
  };
  assert.deepEqual(clusterRatio(read, 'share', SETTINGS), found);
});

test('no share of nothing: without observations, and where the whole may be 0', () => {
  assert.equal(runningRatio().estimate('none', SETTINGS), null);
  const about0 = runningRatio();
  for (let cluster = 0; cluster < 6; cluster++) about0.add(1, cluster % 2 === 0 ? 1 : -1, cluster);
  assert.equal(about0.estimate('about 0', SETTINGS), null);
});
