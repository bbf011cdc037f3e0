import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { quantileSorted } from 'd3-array';
import { clusterShare } from '../../pipeline/stats/cluster-share.ts';
import { robustRatio } from '../../pipeline/stats/ratio-of-sums.ts';
import { tQuantile } from '../../pipeline/stats/student-t.ts';
import { FEWEST_CLUSTERS, studentised } from '../../pipeline/stats/studentised.ts';
import { type Cell, openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { editManifest } from './results-folders.ts';

/** Totals and weights of nine topics. */
const NINE = Array.from({ length: 9 }, (_, i) => ({ total: i * i, weight: i + 1 }));

const asTable = (rows: readonly { readonly total: number; readonly weight: number }[]): string =>
  `(VALUES ${rows.map(({ total, weight }, i) => `('${i}', ${total}, ${weight})`).join()}) AS t(topic, total, weight)`;

test('an interval of the prose is that of the pipeline, with the study’s own bootstrap', async (t) => {
  const sums = Float64Array.from(NINE, ({ total }) => total);
  const weights = Float64Array.from(NINE, ({ weight }) => weight);
  const { value, standardError } = robustRatio([{ sums, weights }]);
  for (const [resamples, confidence] of [
    [2000, 0.95],
    [150, 0.5],
  ] as const) {
    const dir = await writeFixture(tempDir(t));
    editManifest(dir, (manifest) => {
      manifest.bootstrap = { resamples, confidence };
    });
    const database = await openDatabase(openResults(dir));
    await database.all(`CREATE TABLE ratios AS FROM ${asTable(NINE)}`);
    const drawn = await database.all(`SELECT hash(resample, draw) % 9 AS place
      FROM range(${resamples}) AS b(resample), range(9) AS d(draw) ORDER BY resample, draw`);
    const ts = Array.from({ length: resamples }, (_, r) => {
      const picks = Int32Array.from(drawn.slice(9 * r, 9 * r + 9), ({ place }) => Number(place));
      const resample = robustRatio([{ sums, weights }], picks);
      return (resample.value - value) / resample.standardError;
    }).sort((a, b) => a - b);
    const [row] = await database.all("FROM topic_bootstrap('ratios')");
    const tail = (1 - confidence) / 2;
    assert.equal(row!.mean, 204 / 45);
    assertNear(row!.ci_low, value - quantileSorted(ts, 1 - tail)! * standardError);
    assertNear(row!.ci_high, value - quantileSorted(ts, tail)! * standardError);
  }
});

test('of few topics the interval of the prose is the pipeline’s, with Student’s t', async (t) => {
  const database = await openWithQuantiles(t);
  await database.all(`CREATE TABLE ratios AS FROM ${asTable(NINE.slice(0, FEWEST_CLUSTERS - 1))}`);
  const few = NINE.slice(0, FEWEST_CLUSTERS - 1);
  const ratio = {
    sums: Float64Array.from(few, ({ total }) => total),
    weights: Float64Array.from(few, ({ weight }) => weight),
  };
  const options = { resamples: 100, confidence: 0.95, random: () => 0 };
  const expected = studentised([ratio], options);
  const [row] = await database.all("FROM topic_bootstrap('ratios')");
  assertNear(row!.ci_low, expected.ci_low);
  assertNear(row!.ci_high, expected.ci_high);
});

test('a share of the prose has the interval of the pipeline’s shares', async (t) => {
  const database = await openWithQuantiles(t);
  const some = NINE.map(({ weight }, i) => ({ total: (i * 7) % (weight + 1), weight }));
  for (const rows of [
    some,
    NINE.map(({ weight }) => ({ total: weight, weight })),
    some.slice(2, 3),
  ]) {
    await database.all(`CREATE OR REPLACE TABLE shares AS FROM ${asTable(rows)}`);
    const observed = rows.flatMap(({ total, weight }, cluster) =>
      Array.from({ length: weight }, (_, i) => ({ value: Number(i < total), cluster })),
    );
    const expected = clusterShare(
      {
        rows: observed,
        value: ({ value }) => value,
        cluster: ({ cluster }) => cluster,
      },
      { bootstrap: { resamples: 100, confidence: 0.95 } },
    );
    const [row] = await database.all("FROM topic_share('shares')");
    for (const column of ['mean', 'ci_low', 'ci_high'] as const)
      assertNear(row![column], expected[column]);
  }
  await database.all(`CREATE TABLE no_shares AS FROM ${asTable(NINE)}`);
  await assert.rejects(database.all("FROM topic_share('no_shares')"), /a total above its weight/);
});

/** The fixture at 95 %, with the quantiles that the pipeline publishes. */
async function openWithQuantiles(t: TestContext) {
  const dir = await writeFixture(tempDir(t));
  editManifest(dir, (manifest) => {
    manifest.bootstrap = { resamples: 200, confidence: 0.95 };
  });
  const database = await openDatabase(openResults(dir));
  const rows = Array.from({ length: 20 }, (_, i) => `(${i + 1}, ${tQuantile(0.95, i + 1)})`);
  await database.all(
    `CREATE OR REPLACE VIEW t_quantiles AS FROM (VALUES ${rows.join()}) AS t(df, quantile)`,
  );
  return database;
}

function assertNear(found: Cell | undefined, expected: number): void {
  assert.ok(Math.abs(Number(found) - expected) < 1e-9, `${found}, expected ${expected}`);
}
