import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { quantileSorted } from 'd3-array';
import { parse } from 'yaml';
import { CHOSEN_ARMS, CONTROLS } from '../../pipeline/schema/ablation-columns.ts';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { clusterShare } from '../../pipeline/stats/cluster-share.ts';
import { robustRatio } from '../../pipeline/stats/ratio-of-sums.ts';
import { tQuantile } from '../../pipeline/stats/student-t.ts';
import { FEWEST_CLUSTERS, studentised } from '../../pipeline/stats/studentised.ts';
import { levelOf } from '../../site/lib/confidence-level.ts';
import { checkResults } from '../../site/lib/queries/check-results.ts';
import { estimate, holds, named } from '../../site/lib/queries/estimate.ts';
import { type Cell, openDatabase } from '../../site/lib/queries/query.ts';
import { RELEASED } from '../../site/lib/queries/released.ts';
import { findResults, openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

const ROOT = join(import.meta.dirname, '../..');
const FIGURES = join(ROOT, 'site/figures');

test('whole results pass', async (t) => {
  const root = tempDir(t);
  await writeFixture(root);
  await checkResults(alone(root), FIGURES, assert.fail);
});

test('no results: the folder and the remedy are named', async (t) => {
  const root = tempDir(t);
  const message = `${root}: no results: run npm run compute`;
  assert.throws(() => findResults(alone(root)), { message });
  assert.throws(
    () => findResults(alone(join(root, 'nowhere'))),
    /nowhere: no results: run npm run compute$/,
  );
});

test('one flipped byte in any table: the file is named', async (t) => {
  const dir = await writeFixture(tempDir(t));
  for (const file of Object.keys(openResults(dir).manifest.files)) {
    const path = join(dir, file);
    const whole = readFileSync(path);
    const altered = Uint8Array.from(whole);
    altered[whole.length >> 1]! ^= 1;
    writeFileSync(path, altered);
    assert.throws(() => openResults(dir), {
      message: new RegExp(`^${path}: altered \\(.*run npm run compute$`),
    });
    writeFileSync(path, whole);
  }
});

test('a missing file is named', async (t) => {
  const dir = await writeFixture(tempDir(t));
  rmSync(join(dir, 'entropy.parquet'));
  const message = `${join(dir, 'entropy.parquet')}: missing: run npm run compute`;
  assert.throws(() => openResults(dir), { message });
});

test('a table that the manifest does not list is named as missing', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  editManifest(dir, ({ files }) => delete files['exploration.parquet']);
  const message = `${join(dir, 'exploration.parquet')}: missing: run npm run compute`;
  await assert.rejects(checkResults(alone(root), FIGURES, assert.fail), { message });
});

test('a manifest that is broken or lacks a field is named with the field', async (t) => {
  const dir = await writeFixture(tempDir(t));
  editManifest(dir, (manifest) => delete manifest.seed);
  assert.throws(() => openResults(dir), /manifest\.json: seed: .*: run npm run compute$/);
  writeFileSync(join(dir, MANIFEST), '{');
  assert.throws(() => openResults(dir), /manifest\.json: not JSON: run npm run compute$/);
});

test('studies of real models come before the miniature: those that are listed first, then by name', async (t) => {
  const root = tempDir(t);
  await writeFixture(root, 'a');
  const runs = ['c', 'b', 'gemma-3-270m', 'smollm2-135m-instruct', 'gemma-2-2b-it'];
  for (const name of runs) await writeRun(root, name);
  assert.deepEqual(
    findResults(alone(root)).map(({ manifest }) => manifest.study),
    ['gemma-2-2b-it', 'smollm2-135m-instruct', 'gemma-3-270m', 'b', 'c', 'a'],
  );
});

/** The folders of a published study and of what was computed of it, each with the fixture's tables. */
async function publishedAndComputed(t: TestContext) {
  const folders = {
    computed: join(tempDir(t), 'computed'),
    published: join(tempDir(t), 'published'),
  };
  const published = await writeRun(folders.published, 'real');
  const computed = await writeRun(folders.computed, 'real');
  return { folders, published, computed };
}

test('a published study that was not computed is read as it was published', async (t) => {
  const { folders, published } = await publishedAndComputed(t);
  rmSync(folders.computed, { recursive: true });
  const [results, ...others] = findResults(folders);
  assert.equal(others.length, 0);
  assert.equal(results!.dir, published);
  assert.equal(
    results!.choice,
    `study real: tables of ${published}: none in ${folders.computed}/real`,
  );
});

test('computed tables are used where they are whole, and the build says so', async (t) => {
  const { folders, published, computed } = await publishedAndComputed(t);
  const said: string[] = [];
  await checkResults(folders, FIGURES, (line) => said.push(line));
  assert.equal(findResults(folders)[0]!.dir, computed);
  assert.deepEqual(said, [
    `study real: tables of ${computed}: every table of ${published} is there, and intact`,
  ]);
});

test('computed tables that are altered, missing or unreadable give way to the published, with the reason', async (t) => {
  const { folders, published, computed } = await publishedAndComputed(t);
  const choice = () => findResults(folders)[0]!;
  editManifest(computed, ({ files }) => delete files['items.parquet']);
  assert.equal(
    choice().choice,
    `study real: tables of ${published}: ${computed}/items.parquet: missing`,
  );
  writeFileSync(join(computed, 'entropy.parquet'), 'x');
  assert.match(choice().choice!, /\/entropy\.parquet: altered \(/);
  writeFileSync(join(computed, MANIFEST), '{');
  assert.match(choice().choice!, /manifest\.json: not JSON/);
  assert.equal(choice().dir, published);
});

test('a published table that is altered is refused, whatever was computed', async (t) => {
  const { folders, published } = await publishedAndComputed(t);
  writeFileSync(join(published, 'entropy.parquet'), 'x');
  assert.throws(() => findResults(folders), {
    message: new RegExp(
      `^${published}/entropy\\.parquet: altered \\(.*: restore it from the repository$`,
    ),
  });
});

test('a query names the stored tables behind its views, joins and subqueries', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const sql = `WITH lists AS (FROM main_lists) SELECT entropy FROM entropy, lists
    WHERE mean > (SELECT avg(mean) FROM exploration)`;
  assert.deepEqual(await database.tablesOf(sql), ['completions', 'entropy', 'exploration']);
});

test('a query names the stored tables behind its macros, and behind the view that one is given', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const mean = "SELECT mean FROM mean_of('n_items', 'short')";
  assert.deepEqual(await database.tablesOf(mean), ['completions', 'exploration']);
  const share = "SELECT mean FROM topic_bootstrap('items_of_one_token')";
  assert.deepEqual(await database.tablesOf(share), ['completions', 'items', 't_quantiles']);
});

test('a number of the prose is the mean of one row, with its interval', async (t) => {
  const study = await fixtureStudy(t);
  const row = 'SELECT 5.0::DOUBLE AS mean, 4.5::DOUBLE AS ci_low, 5.5::DOUBLE AS ci_high, 9 AS n';
  assert.deepEqual(await estimate(study, row, 'here'), { value: 5, interval: [4.5, 5.5] });
  assert.deepEqual(await estimate(study, 'SELECT count(*) FROM main_lists', 'here'), {
    value: 18,
    interval: null,
  });
  assert.equal(await holds(study, 'SELECT 1 < 2', 'here'), true);
  const ofOneTopic = 'SELECT 5.0::DOUBLE AS mean, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high';
  assert.deepEqual(await estimate(study, ofOneTopic, 'here'), { value: 5, interval: [null, null] });
});

test('a number of which a study has nothing is none: no row, no value, or a ratio over nothing', async (t) => {
  const study = await fixtureStudy(t);
  for (const sql of [
    "FROM mean_of('n_items', 'tiny')",
    'SELECT avg(mean) FROM exploration WHERE false',
    'SELECT max(n_items) / 0 FROM completions',
    "FROM topic_share('nothing_to_share')",
    "FROM topic_bootstrap('nothing_to_share')",
  ]) {
    await study.database.all(
      'CREATE OR REPLACE TABLE nothing_to_share (topic TEXT, total DOUBLE, weight DOUBLE)',
    );
    assert.equal(await estimate(study, sql, 'here'), null, sql);
  }
  assert.equal(await holds(study, 'SELECT (FROM main_temperature WHERE false) > 1', 'here'), null);
  assert.deepEqual(
    await named(study, 'SELECT max(topic) FROM completions WHERE false', 'here'),
    [],
  );
});

test('a number of the prose that is not one number names where it is written', async (t) => {
  const study = await fixtureStudy(t);
  const fails = (sql: string, complaint: string) =>
    assert.rejects(estimate(study, sql, 'content/x.mdx:3'), {
      message: new RegExp(`^study fixture: content/x\\.mdx:3: ${complaint}`),
    });
  await fails('FROM completions', '18 rows, expected 1');
  await fails("SELECT 'five'", 'no number');
  await fails('SELECT nothing FROM completions', 'Binder Error: .*nothing');
});

/** A study of the fixture's tables, as pages ask it. */
const fixtureStudy = async (t: TestContext) => ({
  name: 'fixture',
  database: await openDatabase(openResults(await writeFixture(tempDir(t)))),
});

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

test('every control of every chosen arm is said in words', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const pairs = CHOSEN_ARMS.flatMap((arm) =>
    CONTROLS[arm].map((control) => `('${arm}', '${control}')`),
  );
  await database.all(
    `CREATE OR REPLACE VIEW ablation_contrasts AS FROM (VALUES ${pairs.join()}) AS t(arm, control)`,
  );
  const rows = await database.all('SELECT chosen, set_to, control FROM contrasts_in_words');
  const inWords = rows.map(({ chosen, set_to, control }) => [chosen, set_to, control]);
  const OTHER = 'the other word’s values';
  assert.deepEqual(inWords, [
    ...['random', 'same norm', 'same mass'].map((control) => ['list by list', 'zero', control]),
    ...['random', 'same norm', 'same mass'].map((control) => ['list by list', OTHER, control]),
    ['on other topics', 'zero', 'random'],
    ['on other topics', OTHER, 'random'],
  ]);
});

test('the intervals of the released data are said to have the level that they were published with', () => {
  const study = parse(readFileSync(join(ROOT, 'data/studies/original.yaml'), 'utf8'));
  assert.equal(RELEASED.confidence, study.bootstrap.confidence);
});

test('the level of an interval is said as it is', () => {
  assert.equal(levelOf(0.95), '95 %');
  assert.equal(levelOf(0.995), '99.5 %');
  assert.equal(levelOf(0.57), '57 %');
});

/** A folder of results, and nothing published. */
const alone = (computed: string) => ({ computed, published: join(computed, 'nowhere') });

/** The fixture as the results of a study of a real model. */
async function writeRun(root: string, study: string): Promise<string> {
  const dir = await writeFixture(root, study);
  editManifest(dir, (manifest) => {
    manifest.kind = 'run';
  });
  return dir;
}

interface LooseManifest {
  files: Record<string, unknown>;
  [key: string]: unknown;
}

function editManifest(dir: string, edit: (manifest: LooseManifest) => void): void {
  const path = join(dir, MANIFEST);
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}
