import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Manifest, readManifest, writeManifest } from '../../pipeline/schema/manifest.ts';
import {
  epsilonSquared,
  pairCorrelation,
} from '../../pipeline/stages/released/audit/statistics.ts';
import { type Database, openDatabase } from '../../site/lib/queries/query.ts';
import { findResults, openResults } from '../../site/lib/queries/results.ts';
import { shareClaims } from '../../site/lib/study/studies.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { rewriteTable } from './second-study.ts';

/** The fixture's tables as those of a study of a kind. */
async function writeKind(t: TestContext, kind: Manifest['kind'], study = kind as string) {
  const root = tempDir(t);
  const dir = await writeFixture(root, study);
  writeManifest(dir, { ...readManifest(dir)!, kind });
  return { root, dir };
}

const openKind = async (
  t: TestContext,
  kind: Manifest['kind'],
  study?: string,
): Promise<Database> => openDatabase(openResults((await writeKind(t, kind, study)).dir));

const verdictOf = async (database: Database, id: string): Promise<unknown> =>
  (await database.all(`SELECT verdict FROM claims WHERE claim_id = '${id}'`))[0]?.verdict;

test('every claim has one verdict, and what was found', async (t) => {
  const claims = await (await openKind(t, 'miniature')).all('FROM claims');
  const ids = claims.map(({ claim_id }) => claim_id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length > 30);
  for (const { claim_id, verdict, value, study, test } of claims) {
    assert.match(String(verdict), /^(holds|holds in part|does not hold|cannot be decided here)$/);
    for (const text of [value, study, test]) assert.ok(text, String(claim_id));
  }
});

test('what only the model can decide waits for a run of it', async (t) => {
  const needing = ['entropy-short', 'entropy-long-corrupted', 'lens-fifth', 'longer'];
  const run = await openKind(t, 'run', 'gemma-2-2b-it');
  const others = [await openKind(t, 'miniature'), await openKind(t, 'run', 'another')];
  for (const id of needing) {
    for (const other of others)
      assert.equal(await verdictOf(other, id), 'cannot be decided here', id);
    assert.notEqual(await verdictOf(run, id), 'cannot be decided here', id);
  }
  const [decided] = await run.all(`SELECT study FROM claims WHERE claim_id = 'longer'`);
  assert.equal(decided!.study, 'gemma-2-2b-it');
});

test('a verdict follows the numbers: other numbers, another verdict', async (t) => {
  const before = await openKind(t, 'miniature');
  assert.equal(await verdictOf(before, 'items-short'), 'does not hold');
  assert.equal(await verdictOf(before, 'table-sae-items'), 'does not hold');
  // Another database: verdicts are kept once they were asked for.
  const database = await openKind(t, 'miniature');
  await database.all(
    `UPDATE original_audit SET ci_low = 4.5, ci_high = 5.5 WHERE quantity = 'items' AND template = 'short'`,
  );
  await database.all('UPDATE original_ablation_counts SET hyphens_sum = n * hyphens_folded');
  assert.equal(await verdictOf(database, 'items-short'), 'holds');
  assert.equal(await verdictOf(database, 'table-sae-items'), 'holds');
});

const ofStudy = async (database: Database, id: string) =>
  (await database.all(`SELECT verdict, value FROM claims_in_study WHERE claim_id = '${id}'`))[0]!;

test('a claim about a model is asked of each study’s own tables, one about the write-up of none', async (t) => {
  const database = await openKind(t, 'run', 'another');
  const rows = await database.all('FROM claims_in_study');
  assert.equal(rows.length, (await database.all('FROM claims')).length);
  for (const { claim_id, verdict } of rows)
    assert.match(
      String(verdict),
      /^(holds|holds in part|does not hold|cannot be decided|not about a model)$/,
      String(claim_id),
    );
  assert.equal((await ofStudy(database, 'prompt')).verdict, 'not about a model');
  assert.equal((await ofStudy(database, 'blank-all-topics')).verdict, 'holds');
  assert.equal((await ofStudy(database, 'items-short')).verdict, 'does not hold');
});

test('other numbers of a study give another verdict; where it has none the claim cannot be decided', async (t) => {
  const { dir } = await writeKind(t, 'run', 'another');
  await rewriteTable(
    dir,
    'exploration',
    `SELECT * REPLACE (CASE finding WHEN 'blank_before_end' THEN 0.2 ELSE mean END AS mean) FROM exploration`,
  );
  await rewriteTable(dir, 'ablation_effects', 'FROM ablation_effects LIMIT 0');
  const database = await openDatabase(openResults(dir));
  assert.equal((await ofStudy(database, 'blank-all-topics')).verdict, 'holds in part');
  for (const id of ['longer', 'strongest', 'residual-attention', 'diversity'])
    assert.equal((await ofStudy(database, id)).verdict, 'cannot be decided', id);
});

test('every study knows what each real model’s tables say, and none is of the miniature', async (t) => {
  const studies = [];
  for (const [kind, study] of [
    ['run', 'a'],
    ['run', 'b'],
    ['miniature', 'miniature'],
  ] as const) {
    const results = openResults((await writeKind(t, kind, study)).dir);
    studies.push({ manifest: results.manifest, database: await openDatabase(results) });
  }
  await shareClaims(studies);
  for (const { database } of studies) {
    const rows = await database.all(
      'SELECT study, count(*) AS n FROM claims_by_study GROUP BY study ORDER BY study',
    );
    const n = (await database.all('FROM claims')).length;
    assert.deepEqual(rows, [
      { study: 'a', n },
      { study: 'b', n },
    ]);
  }
});

/** Statistics of made-up counts, by the report's SQL and by the pipeline's own code. */
test('shares of variance and correlations are those that the pipeline computes', async (t) => {
  const database = await openKind(t, 'run', 'another');
  await database.all(`CREATE TABLE counted AS
    SELECT 'topic ' || t AS topic, h / 10 AS temperature, (7 * t + 3 * h * h + t * h) % 11 AS value
    FROM range(6) AS a(t), range(1, 5) AS b(h)`);
  const rows = await database.all('FROM counted');
  const topics = [...Map.groupBy(rows, ({ topic }) => topic).values()];
  const [share] = await database.all(`FROM between_topics('counted')`);
  const values = topics.map((lists) => lists.map(({ value }) => Number(value)));
  assert.ok(Math.abs(Number(share!.mean) - epsilonSquared(values)!) < 1e-12);
  const [correlation] = await database.all(`FROM correlation_with_temperature('counted')`);
  const pairs = topics.map((lists) =>
    lists.map(({ temperature, value }) => [Number(temperature), Number(value)] as const),
  );
  assert.ok(Math.abs(Number(correlation!.mean) - pairCorrelation(pairs)!) < 1e-12);
  for (const { mean, ci_low, ci_high } of [share!, correlation!])
    assert.ok(Number(ci_low) < Number(mean) && Number(mean) < Number(ci_high));
  await database.all('CREATE TABLE same AS SELECT * REPLACE (1 AS value) FROM counted');
  for (const sql of [`between_topics('same')`, `correlation_with_temperature('same')`])
    assert.equal((await database.all(`FROM ${sql}`))[0]!.mean, null, sql);
});

test('the formula gives every figure of both published tables, the plain mean none', async (t) => {
  const rows = await (await openKind(t, 'miniature')).all('FROM audit_digits');
  assert.deepEqual(
    rows.map(({ figures, folded, plain, variances }) => [figures, folded, plain, variances]),
    [7, 7, 23, 23].map((n) => [n, n, 0, n]),
  );
});

test('every number of the write-up has its cause, and something beside it', async (t) => {
  const rows = await (await openKind(t, 'miniature')).all('FROM audit_numbers');
  for (const { quantity, cause, reported, author, token } of rows) {
    assert.ok(cause, String(quantity));
    assert.ok(reported ?? author ?? token, String(quantity));
  }
});

test('a study of released data has no pages: its texts are not published', async (t) => {
  const { root } = await writeKind(t, 'original');
  const folders = { computed: root, published: join(root, 'nowhere') };
  assert.throws(() => findResults(folders), {
    message: `${root}: no results: run npm run compute`,
  });
  await writeFixture(root);
  assert.deepEqual(
    findResults(folders).map(({ manifest }) => manifest.kind),
    ['miniature'],
  );
});
