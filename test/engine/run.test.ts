import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { finish, type Run, runStage, staleness } from '../../pipeline/engine/run.ts';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { integer, table } from '../../pipeline/schema/table.ts';
import { defineStage, type Stage } from '../../pipeline/stages/stage.ts';
import { loadStudy, type Study } from '../../pipeline/study/study.ts';
import { tempDir } from '../temp.ts';

const STUDIES = fileURLToPath(new URL('../../data/studies', import.meta.url));
const CHANGED = 'its config, model, inputs or code changed';

const numbers = table('numbers', 'one number', { n: integer('the number') });
const doubles = table('doubles', 'one number', { n: integer('twice the number') });

/** Two stages, one of which reads what the other writes, in a folder of their own. */
function setUp(t: TestContext, parts: Partial<Study> = {}) {
  const dir = tempDir(t);
  const code = join(dir, 'code.ts');
  writeFileSync(code, 'export {};');
  const count: Stage = defineStage({
    name: 'count',
    source: pathToFileURL(code).href,
    config: ['seed'],
    reads: [],
    writes: [numbers],
    async run({ study, write }) {
      write(numbers, [{ n: study.seed % 10 }, { n: 2 }]);
    },
  });
  const double: Stage = defineStage({
    name: 'double',
    source: import.meta.url,
    config: [],
    reads: [numbers],
    writes: [doubles],
    async run({ read, write }) {
      write(
        doubles,
        (await read(numbers)).map(({ n }) => ({ n: 2 * n })),
      );
    },
  });
  const run: Run = {
    study: { ...loadStudy(STUDIES, 'miniature'), seed: 11, ...parts },
    stages: [count, double],
    results: join(dir, 'results'),
    model: { id: 'none', dir: '', revision: 'r1' },
    outline: () => assert.fail('no stage plans its memory'),
    opened: () => assert.fail('no stage uses the model'),
    tokenizer: () => assert.fail('no stage uses the tokenizer'),
    memory: 1e9,
    saes: () => ({ id: 'none', dirs: {}, revision: 'r1' }),
    explanations: () => ({ revision: 'r1', of: () => new Map() }),
    provider: 'cpu',
    now: () => new Date().toISOString(),
  };
  return { run, count, double, code };
}

const runAll = async ({ run, count, double }: ReturnType<typeof setUp>) => {
  for (const stage of [count, double]) await runStage(run, stage, () => {});
  return finish(run);
};
const bytes = (run: Run, file: string) => readFileSync(join(run.results, file));

test('a stage is missing, then written and up to date, whatever the age of its files', async (t) => {
  const set = setUp(t);
  const { run, count, double } = set;
  assert.equal(staleness(run, count), 'numbers.parquet: missing');
  assert.deepEqual(await runAll(set), []);
  utimesSync(join(run.results, 'doubles.parquet'), 0, 0);
  assert.equal(staleness(run, count), null);
  assert.equal(staleness(run, double), null);
});

test('a stage is stale by its SAEs and by what is said of them, if it names these', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const naming = (...config: ('saes' | 'explanations')[]): Stage => ({ ...set.count, config });
  for (const [part, revised] of [
    ['saes', { saes: () => ({ id: 'none', dirs: {}, revision: 'r2' }) }],
    ['explanations', { explanations: () => ({ revision: 'r2', of: () => new Map() }) }],
  ] as const) {
    const stage = naming(part);
    await runStage(set.run, stage, () => {});
    assert.equal(staleness(set.run, stage), null);
    assert.equal(staleness({ ...set.run, ...revised }, stage), CHANGED);
  }
  const neither = naming();
  await runStage(set.run, neither, () => {});
  assert.equal(staleness({ ...set.run, saes: () => assert.fail() }, neither), null);
});

test('a stage is stale by the config that it names, and no other', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const at = (parts: Partial<Study>): Run => ({
    ...set.run,
    study: { ...set.run.study, ...parts },
  });
  assert.equal(staleness(at({ batchSize: 1 }), set.count), null);
  assert.equal(staleness(at({ seed: 12 }), set.count), CHANGED);
});

test('a stage is stale when its inputs are other rows, not when they were only written again', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const other = (seed: number): Run => ({ ...set.run, study: { ...set.run.study, seed } });
  await runStage(other(12), set.count, () => {});
  assert.equal(staleness(other(12), set.double), CHANGED);
  await runStage(set.run, set.count, () => {});
  assert.equal(staleness(set.run, set.double), null);
});

test('a stage is stale when its code changed', async (t) => {
  const set = setUp(t);
  await runAll(set);
  writeFileSync(set.code, 'export const more = 1;');
  assert.equal(staleness(set.run, set.count), CHANGED);
  assert.equal(staleness(set.run, set.double), null);
});

test('model and provider count only for stages that use the model', async (t) => {
  const set = setUp(t);
  const modelled = { ...set.count, config: ['model'] } as Stage;
  const run = { ...set.run, stages: [modelled] };
  await runStage(run, modelled, () => {});
  const revised = { ...run.model, revision: 'r2' };
  assert.equal(staleness({ ...run, model: revised }, modelled), CHANGED);
  assert.equal(staleness({ ...run, provider: 'cuda' }, modelled), CHANGED);
  await runAll(set);
  assert.equal(staleness({ ...set.run, model: revised, provider: 'cuda' }, set.count), null);
});

test('the same seed gives the same bytes on another day', async (t) => {
  const first = setUp(t);
  const again = setUp(t);
  await runAll(first);
  await runAll({ ...again, run: { ...again.run, now: () => '2001-01-01T00:00:00.000Z' } });
  assert.deepEqual(bytes(again.run, 'doubles.parquet'), bytes(first.run, 'doubles.parquet'));
});

test('an altered input is named with the remedy, and nothing is written', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const path = join(set.run.results, 'numbers.parquet');
  const data = readFileSync(path);
  data[20]! ^= 1;
  writeFileSync(path, data);
  const before = bytes(set.run, 'doubles.parquet');
  await assert.rejects(
    runStage(set.run, set.double, () => {}),
    /^Error: stage double needs numbers\.parquet: altered .* --only count"$/,
  );
  assert.deepEqual(bytes(set.run, 'doubles.parquet'), before);
  assert.match(staleness(set.run, set.count)!, /^numbers\.parquet: altered/);
  assert.match((await finish(set.run)).join(), /^numbers\.parquet: altered/);
});

test('a stage that fails, at any point, leaves earlier results as they were', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const files = readdirSync(set.run.results).sort();
  const before = files.map((file) => bytes(set.run, file));
  const failures: [Partial<Stage>, RegExp][] = [
    [{ run: async () => assert.fail('out of memory') }, /out of memory/],
    [{ run: async () => {} }, /stage count did not write numbers/],
    [
      { run: async ({ write }) => write(numbers, [{ n: Number.NaN }]) },
      /numbers\.n: expected INTEGER, received NaN \(row 0\)/,
    ],
    [
      { run: async ({ write }) => write(doubles, []) },
      /stage count does not list doubles in its writes/,
    ],
    [
      {
        writes: [numbers, doubles],
        run: async ({ write }) => {
          write(numbers, [{ n: 1 }]);
          write(doubles, [{ n: 0.5 }]);
        },
      },
      /doubles\.n: expected INTEGER/,
    ],
  ];
  for (const [change, message] of failures) {
    await assert.rejects(
      runStage(set.run, { ...set.count, ...change }, () => {}),
      message,
    );
    assert.deepEqual(readdirSync(set.run.results).sort(), files);
    assert.deepEqual(
      files.map((file) => bytes(set.run, file)),
      before,
    );
  }
});

test('the manifest says how each table was made', async (t) => {
  const set = setUp(t);
  await runAll(set);
  const manifest = readManifest(set.run.results)!;
  assert.deepEqual(Object.keys(manifest.files), ['numbers.parquet', 'doubles.parquet']);
  const { rows, stage, table, metadata } = manifest.files['numbers.parquet']!;
  assert.deepEqual([rows, stage, table], [2, 'count', 'numbers']);
  assert.equal(metadata.study, 'miniature');
  assert.equal(metadata.seed, 11);
  assert.equal(metadata.model_revision, 'r1');
  assert.match(metadata.runtime, /^onnxruntime-node \d/);
  assert.ok(existsSync(join(set.run.results, 'study.duckdb')));
});
