import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish, runStage } from '../../pipeline/engine/run.ts';
import { runnableStages } from '../../pipeline/engine/stage.ts';
import { staleness } from '../../pipeline/engine/staleness.ts';
import type { Provenance } from '../../pipeline/schema/manifest.ts';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import {
  doubles,
  lengths,
  numbers,
  revised,
  runToy,
  type ToyRun,
  type ToyStage,
  toyStudy,
} from './toy-study.ts';

const bytes = (run: ToyRun, file: string) => readFileSync(join(run.results, file));

test('a table that no stage of the study writes has no rows for a stage that reads it if it is written', async (t) => {
  const { run, count, double } = toyStudy(t);
  const found: unknown[] = [];
  const either: ToyStage = {
    ...double,
    reads: [],
    readsIfWritten: [numbers],
    async run({ read, write }) {
      found.push(await read(numbers));
      write(doubles, []);
    },
  };
  await runToy({ ...run, stages: runnableStages([either], run) });
  await runToy({ ...run, stages: runnableStages([count, either], run) });
  assert.deepEqual(found, [[], [{ n: 1 }, { n: 2 }]]);
});

test('a stage receives the settings that it names, as they are planned, and the resources that it names, and no others', async (t) => {
  const { run, measure } = toyStudy(t);
  const seen: unknown[] = [];
  const planned: ToyRun = {
    ...run,
    plan: async (stage) => ({ ...(await run.plan(stage)), settings: { other: 5 } }),
  };
  const spy = (names: Partial<ToyStage>): ToyStage => ({
    ...measure,
    ...names,
    async run({ settings, resources, write }) {
      seen.push({ settings, resources });
      write(measure.writes[0]!, []);
    },
  });
  await runStage(planned, spy({ settings: ['other'] }), () => {});
  await runStage(planned, spy({ settings: [], needs: [], uses: [] }), () => {});
  assert.deepEqual(seen, [
    { settings: { other: 5 }, resources: { words: 'one two' } },
    { settings: {}, resources: {} },
  ]);
});

test('the same rows give the same bytes on another day and machine, and of other code', async (t) => {
  const first = toyStudy(t);
  const again = toyStudy(t, { first: 21 });
  again.edit('count');
  await runToy(first.run);
  await runToy({
    ...again.run,
    now: () => '2001-01-01T00:00:00.000Z',
    provenance: { ...again.run.provenance, machine: '64 cores (y), 512 GiB', model_revision: 'r2' },
  });
  for (const file of ['numbers.parquet', 'doubles.parquet'])
    assert.deepEqual(bytes(again.run, file), bytes(first.run, file));
});

test('an altered input is named with the remedy, and nothing is written', async (t) => {
  const { run, count, double } = toyStudy(t);
  await runToy(run);
  const data = bytes(run, 'numbers.parquet');
  data[20]! ^= 1;
  writeFileSync(join(run.results, 'numbers.parquet'), data);
  const files = readdirSync(run.results).sort();
  const before = files.map((file) => bytes(run, file));
  await assert.rejects(
    runStage(run, double, () => {}),
    /^Error: stage double needs numbers\.parquet: altered .*: run "npm run compute -- toy --only count"$/,
  );
  assert.deepEqual(
    files.map((file) => bytes(run, file)),
    before,
  );
  assert.deepEqual(readdirSync(run.results).sort(), files);
  const stale = staleness(run, count)!;
  assert.match(stale.reason, /^numbers\.parquet: altered/);
  assert.deepEqual(stale.changed, []);
  assert.match((await finish(run)).join(), /^numbers\.parquet: altered/);
});

test('an input that was never written is named with the remedy', async (t) => {
  const { run, double } = toyStudy(t);
  await assert.rejects(
    runStage(run, double, () => {}),
    {
      message:
        'stage double needs numbers.parquet: missing: run "npm run compute -- toy --only count"',
    },
  );
  assert.equal(existsSync(run.results), false);
});

test('tables of other SAEs are refused by a stage that opens these', async (t) => {
  const { run: plain, count, double, textFile } = toyStudy(t);
  const marked: ToyStage = { ...count, needs: ['words'] }; // its tables depend on the resource,
  const last: ToyStage = {
    ...marked,
    name: 'last',
    reads: [doubles],
    writes: [lengths],
    run: async ({ read, write }) => write(lengths, await read(doubles)),
  };
  const run: ToyRun = { ...plain, stages: [marked, double, last] }; // and so does the last stage, two tables further on
  await runToy(run);
  const other: ToyRun = { ...run, resources: { words: textFile('words', 'three') } };
  await assert.rejects(
    runStage(other, last, () => {}),
    {
      message:
        'stage last reads tables that rest on count, which has not run since its content of words changed: run "npm run compute -- toy" without --only',
    },
  );
  await runStage(other, double, () => {}); // it opens none
  for (const stage of other.stages) await runStage(other, stage, () => {});
});

test('a stage that fails, at any point, leaves earlier results as they were', async (t) => {
  const { run, count, measure } = toyStudy(t);
  await runToy(run);
  const files = readdirSync(run.results).sort();
  const before = files.map((file) => bytes(run, file));
  const failures: [ToyStage, RegExp][] = [
    [{ ...count, run: async () => assert.fail('out of memory') }, /out of memory/],
    [{ ...count, run: async () => {} }, /stage count did not write numbers/],
    [
      { ...count, run: async ({ write }) => write(numbers, [{ n: Number.NaN }]) },
      /numbers\.n: expected INTEGER, received NaN \(row 0\)/,
    ],
    [
      { ...count, run: async ({ write }) => write(doubles, []) },
      /stage count does not list doubles in its writes/,
    ],
    [
      { ...count, run: async ({ read }) => void (await read(doubles)) },
      /stage count does not list doubles in its reads/,
    ],
    [
      {
        ...count,
        writes: [numbers, doubles],
        run: async ({ write }) => {
          write(numbers, [{ n: 1 }]);
          write(doubles, [{ n: 0.5 }]);
        },
      },
      /doubles\.n: expected INTEGER/,
    ],
  ];
  const unread = { content: 'c', readers: [], open: () => assert.fail('not readable') };
  const cases = failures.map(([stage, message]) => [run, stage, message] as const);
  for (const [at, stage, message] of [
    ...cases,
    [revised(run, { resources: { words: unread } }), measure, /not readable/] as const,
  ]) {
    await assert.rejects(
      runStage(at, stage, () => {}),
      message,
    );
    assert.deepEqual(readdirSync(run.results).sort(), files);
    assert.deepEqual(
      files.map((file) => bytes(run, file)),
      before,
    );
  }
});

test('the manifest says how each table was made', async (t) => {
  const { run, textFile } = toyStudy(t);
  const provenance: Partial<Provenance> = { sae_release: 'words', sae_revision: 'w1' };
  const words = { ...textFile('words', 'one two'), provenance };
  await runToy(revised(run, { resources: { words } }));
  const { files, stages, ...study } = readManifest(run.results)!;
  assert.deepEqual(Object.keys(files), ['numbers.parquet', 'doubles.parquet', 'lengths.parquet']);
  const { metadata, ...entry } = files['numbers.parquet']!;
  const data = bytes(run, 'numbers.parquet');
  assert.deepEqual(entry, {
    table: 'numbers',
    row: 'one number',
    rows: 2,
    bytes: data.length,
    sha256: sha256(data),
    stage: 'count',
  });
  const { code_version, ...origin } = metadata;
  assert.deepEqual(origin, { ...run.provenance, date: run.now() });
  assert.match(code_version, /^[0-9a-f]{64}$/);
  const measured = files['lengths.parquet']!.metadata;
  assert.deepEqual([measured.sae_release, measured.sae_revision], ['words', 'w1']);
  assert.notEqual(measured.code_version, code_version);
  assert.equal(study.study, 'toy');
  assert.deepEqual(Object.keys(stages), ['count', 'double', 'measure']);
  const { key, parts } = stages.double!;
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(parts['table numbers'], sha256(data).slice(0, 16));
  assert.ok(Object.keys(parts).some((name) => /^code .*\/double\.ts$/.test(name)));
  assert.match(parts['code package @duckdb/node-api']!, /^\d.*\/\d/);
  assert.ok(existsSync(join(run.results, 'study.duckdb')));
});

test('tables that no stage of the study writes any more leave the manifest', async (t) => {
  const { run, count, double } = toyStudy(t);
  await runToy(run);
  const fewer = { ...run, stages: [count, double] };
  await runStage(fewer, count, () => {});
  assert.deepEqual(Object.keys(readManifest(run.results)!.files).sort(), [
    'doubles.parquet',
    'numbers.parquet',
  ]);
});
