import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { comparePublished, TOLERANCE } from '../../pipeline/commands/compare-published.ts';
import { publishTables, UNPUBLISHED } from '../../pipeline/commands/publish-tables.ts';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { writeFixture } from '../site/fixture.ts';
import { rewriteTable } from '../site/second-study.ts';
import { computeIn, smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';

/** The fixture's tables as computed ones, and as they were published. */
async function publishedFixture(t: Parameters<typeof tempDir>[0]) {
  const root = tempDir(t);
  const results = await writeFixture(join(root, 'results'));
  const published = join(root, 'published', 'miniature');
  const count = publishTables(results, published);
  const compare = () => comparePublished(results, published, root);
  return { root, results, published, count, compare };
}

test('published are the tables that the report reads, intact, and a manifest of these', async (t) => {
  const { results, published, count } = await publishedFixture(t);
  const manifest = readManifest(published)!;
  const tables = Object.values(manifest.files).map(({ table }) => table);
  assert.equal(count, tables.length);
  assert.deepEqual(
    Object.values(readManifest(results)!.files)
      .map(({ table }) => table)
      .filter((table) => !tables.includes(table)),
    [...UNPUBLISHED].sort(),
  );
  assert.deepEqual(verify(published, manifest), []);
  assert.deepEqual(
    readdirSync(published).sort(),
    [...Object.keys(manifest.files), 'manifest.json'].sort(),
  );
});

test('publishing again takes the place of what was there, and of its leftovers', async (t) => {
  const { root, results, published } = await publishedFixture(t);
  writeFileSync(join(published, 'leftover.parquet'), 'x');
  publishTables(results, published);
  assert.equal(existsSync(join(published, 'leftover.parquet')), false);
  assert.deepEqual(readdirSync(join(root, 'published')), ['miniature']);
});

test('a table that is not as its manifest says is not published', async (t) => {
  const { results, published } = await publishedFixture(t);
  const before = readFileSync(join(published, 'items.parquet'));
  writeFileSync(join(results, 'items.parquet'), 'x');
  assert.throws(
    () => publishTables(results, published),
    /items\.parquet: altered .*: run the study again$/,
  );
  assert.ok(readFileSync(join(published, 'items.parquet')).equals(before));
});

test('equal tables are one line; a study that is not published is none', async (t) => {
  const { root, results, count, compare } = await publishedFixture(t);
  assert.deepEqual(await compare(), [
    `all ${count} tables equal the published ones (published/miniature)`,
  ]);
  assert.deepEqual(await comparePublished(results, join(root, 'nowhere'), root), []);
});

test('each table that differs is a line: rows, size and columns, within the tolerance or beyond', async (t) => {
  const { results, count, compare } = await publishedFixture(t);
  const moved = (by: number) =>
    `SELECT * REPLACE (residual_norm * (1 + ${by}) AS residual_norm) FROM steering_vectors`;
  await rewriteTable(results, 'steering_vectors', moved(TOLERANCE / 10));
  await rewriteTable(results, 'items', 'FROM items LIMIT 5');
  await rewriteTable(results, 'baselines', 'SELECT * REPLACE (NOT ended AS ended) FROM baselines');
  const lines = await compare();
  assert.equal(
    lines[0],
    `${count - 3} of ${count} tables equal the published ones (published/miniature)`,
  );
  const line = (table: string) => lines.find((text) => text.startsWith(`${table}: `))!;
  assert.match(
    line('steering_vectors'),
    /^steering_vectors: (\d+) of \1 rows differ; numbers by at most 1\.0e-4 of the largest in residual_norm, within the tolerance of 0\.001$/,
  );
  assert.match(line('items'), /^items: 5 rows, published \d+; rows at the same places equal$/);
  assert.equal(line('baselines'), 'baselines: 3 of 3 rows differ; also in ended');
  await rewriteTable(results, 'steering_vectors', moved(10 * TOLERANCE));
  assert.match((await compare()).join('\n'), /beyond the tolerance of 0\.001/);
});

test('a table whose times alone differ equals the published one', async (t) => {
  const { results, count, compare } = await publishedFixture(t);
  const moved = (what: string) => `SELECT * REPLACE (${what}) FROM layer_heuristics`;
  await rewriteTable(results, 'layer_heuristics', moved('seconds + 1 AS seconds'));
  assert.deepEqual(await compare(), [
    `all ${count} tables equal the published ones (published/miniature)`,
  ]);
  await rewriteTable(
    results,
    'layer_heuristics',
    moved('(memory_mb + 1)::DECIMAL(4, 1) AS memory_mb'),
  );
  assert.match((await compare()).join('\n'), /^layer_heuristics: .* rows differ/m);
});

suite('npm run compute -- STUDY, of a study of a real model', () => {
  const root = smallRoot(tempDir({ after }), 20);
  const published = join(root, 'data/published/miniature');
  const path = join(root, 'data/studies/miniature.yaml');

  before(() => {
    const yaml = readFileSync(path, 'utf8').replace(
      'kind: miniature',
      'kind: run\nmodelKind: base',
    );
    // Without SAEs there are few stages, which take seconds.
    writeFileSync(
      path,
      yaml.replace(
        /^(patching|saes|attribution|ablation|circuits|explained|baselines):.*\n( .*\n|#.*\n)*/gm,
        '',
      ),
    );
  });

  test('--publish writes its tables; computed again they equal them, and it is said', async () => {
    const { status, printed } = await computeIn(root, { publish: true });
    assert.equal(status, 0, printed);
    assert.match(printed, /published \d+ tables in data\/published\/miniature\n$/);
    const manifest = readManifest(published)!;
    assert.equal(manifest.model_kind, 'base');
    assert.deepEqual(manifest.form, {
      name: 'hyphens-blank',
      request: 'chat',
      examples: 0,
      events: {
        item: { end: ' ', again: '\n' },
        newline: { end: '<end_of_turn>', again: '-' },
      },
    });
    const again = await computeIn(root, { force: true, only: ['generate', 'explore'] });
    assert.match(
      again.printed,
      /\nall \d+ tables equal the published ones \(data\/published\/miniature\)\n$/,
    );
  });

  test('another seed: the tables that differ are said, and nothing is published unasked', async () => {
    const before = readManifest(published)!;
    writeFileSync(path, readFileSync(path, 'utf8').replace(/seed: \d+/, 'seed: 99'));
    const { printed } = await computeIn(root, { only: ['generate'] });
    assert.match(printed, /\ncompletions: .*rows differ/);
    assert.deepEqual(readManifest(published), before);
    await assert.rejects(
      computeIn(root, { publish: true, only: ['generate'] }),
      /^Error: --publish: 2-explore is not up to date: run without --only$/,
    );
  });

  test('stages that have not run yet are left out, and it is said', async () => {
    const other = smallRoot(tempDir({ after }), 20);
    cpSync(path, join(other, 'data/studies/miniature.yaml'));
    const { status, printed } = await computeIn(other, {
      publish: true,
      only: ['generate', 'explore'],
    });
    assert.equal(status, 0, printed);
    assert.match(printed, /^not computed yet, nor published: 3-entropy, .*dictionary$/m);
    const { files } = readManifest(join(other, 'data/published/miniature'))!;
    assert.deepEqual(Object.keys(files).sort(), [
      'completions.parquet',
      'exploration.parquet',
      'item_counts.parquet',
      'items.parquet',
      'tokens.parquet',
    ]);
  });

  test('a published table is not lost because its stage has not run here', async () => {
    const other = smallRoot(tempDir({ after }), 20);
    cpSync(path, join(other, 'data/studies/miniature.yaml'));
    cpSync(published, join(other, 'data/published/miniature'), { recursive: true });
    const before = readManifest(published)!;
    await assert.rejects(
      computeIn(other, { publish: true, only: ['generate', 'explore'] }),
      /^Error: --publish: 3-entropy is published in data\/published\/miniature, and not computed: run without --only$/,
    );
    assert.deepEqual(readManifest(join(other, 'data/published/miniature')), before);
  });

  test('the miniature is not published', async () => {
    writeFileSync(path, readFileSync(path, 'utf8').replace('kind: run', 'kind: miniature'));
    await assert.rejects(
      computeIn(root, { publish: true }),
      /^Error: --publish is for studies of real models/,
    );
  });
});
