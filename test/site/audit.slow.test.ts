import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Manifest, readManifest, writeManifest } from '../../pipeline/schema/manifest.ts';
import {
  epsilonSquared,
  pairCorrelation,
} from '../../pipeline/stages/released/audit/statistics.ts';
import { claimTable } from '../../site/lib/claim-table.ts';
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

test('every claim has one verdict on the released data, and what was found', async (t) => {
  const claims = await (await openKind(t, 'miniature')).all('FROM original_claims ORDER BY place');
  const ids = claims.map(({ claim_id }) => claim_id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { claim_id, verdict, value, test } of claims) {
    assert.match(String(verdict), /^(holds|holds in part|does not hold|cannot be decided)$/);
    for (const text of [value, test]) assert.ok(text, String(claim_id));
  }
});

test('what needs a run of the model is told from what no data can decide', async (t) => {
  const database = await openKind(t, 'miniature');
  const idsOf = async (by: string) =>
    (
      await database.all(
        `SELECT claim_id FROM original_claims WHERE decided_by = '${by}' ORDER BY place`,
      )
    ).map(({ claim_id }) => claim_id);
  assert.deepEqual(await idsOf('run'), [
    'entropy-short',
    'entropy-short-corrupted',
    'entropy-long',
    'entropy-long-corrupted',
    'lens-fifth',
    'lens-layers',
    'longer',
  ]);
  assert.deepEqual(await idsOf('none'), ['sampling', 'memory', 'cluster-maps', 'five-features']);
});

test('the claims that the released data decide have the right verdicts and numbers', async (t) => {
  const database = await openKind(t, 'miniature');
  const found = new Map(
    (await database.all('FROM original_claims')).map(({ claim_id, verdict, value }) => [
      claim_id,
      `${verdict}: ${value}`,
    ]),
  );
  for (const [id, start] of [
    ['full-elimination', 'does not hold: 68 %'],
    ['most-topics', 'holds: 19 of 23 topics; 21 of 23 by the printed figures'],
    ['near-templates', 'does not hold: res_0 18.3 against 46.1'],
    ['res-20-homogeneous', 'holds: 20.1 topics against 12.1: 8.0'],
    // Their intervals include the bound, and sizes that would count.
    ['single-token', 'cannot be decided: 62 %'],
    ['temperature', 'cannot be decided: 0.06'],
    ['weak-saes', 'cannot be decided: att_18 0.56'],
    ['items-short', 'does not hold: 8.4'],
  ] as const)
    assert.ok(found.get(id)?.startsWith(start), `${id}: ${found.get(id)}`);
});

test('every study knows what each study’s own tables say, the miniature among them', async (t) => {
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
    const [own] = await database.all('SELECT count(*) AS n FROM claims');
    const n = own!.n;
    assert.ok(Number(n) > 0);
    assert.deepEqual(
      rows,
      ['a', 'b', 'miniature'].map((study) => ({ study, n })),
    );
  }
});

test('a study without verdicts of its own leaves its column empty', async (t) => {
  const { dir } = await writeKind(t, 'run', 'another');
  await rewriteTable(dir, 'claims', 'FROM claims LIMIT 0');
  const results = openResults(dir);
  const database = await openDatabase(results);
  await shareClaims([{ manifest: results.manifest, database }]);
  const { sections, models } = await claimTable(database);
  assert.deepEqual(models, []);
  assert.ok(sections.flatMap(({ claims }) => claims).length > 30);
});

test('of the power of each rule there is one row, with what was simulated', async (t) => {
  const rows = await (await openKind(t, 'miniature')).all('FROM power_by_claim');
  assert.deepEqual(
    rows.map(({ holds, wrongly, n }) => [holds, wrongly, n]),
    [[0.9, 0.1, 200]],
  );
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
