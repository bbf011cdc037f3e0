import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Manifest, readManifest, writeManifest } from '../../pipeline/schema/manifest.ts';
import { type Database, openDatabase } from '../../site/lib/queries/query.ts';
import { findResults, openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

/** The fixture's tables as those of a study of a kind. */
async function writeKind(t: TestContext, kind: Manifest['kind']): Promise<string> {
  const root = tempDir(t);
  const dir = await writeFixture(root, kind);
  writeManifest(dir, { ...readManifest(dir)!, kind });
  return root;
}

const openKind = async (t: TestContext, kind: Manifest['kind']): Promise<Database> =>
  openDatabase(openResults(join(await writeKind(t, kind), kind)));

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
  const [miniature, run] = [await openKind(t, 'miniature'), await openKind(t, 'run')];
  for (const id of needing) {
    assert.equal(await verdictOf(miniature, id), 'cannot be decided here', id);
    assert.notEqual(await verdictOf(run, id), 'cannot be decided here', id);
  }
  const [decided] = await run.all(`SELECT study FROM claims WHERE claim_id = 'longer'`);
  assert.equal(decided!.study, 'run');
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
  const root = await writeKind(t, 'original');
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
