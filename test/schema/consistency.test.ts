import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runStage } from '../../pipeline/engine/run.ts';
import { inconsistency } from '../../pipeline/schema/consistency.ts';
import { type Manifest, readManifest } from '../../pipeline/schema/manifest.ts';
import { revised, runToy, type ToyRun, toyStudy } from '../engine/toy-study.ts';

const manifestOf = ({ results }: ToyRun): Manifest => readManifest(results)!;

/** A toy study in which both `count` and `double` name the setting `first`, computed. */
async function computed(t: TestContext) {
  const toy = toyStudy(t);
  const double = { ...toy.double, settings: ['first'] as const };
  const run = { ...toy.run, stages: [toy.count, double, toy.measure] };
  await runToy(run);
  return { ...toy, double, run };
}

test('tables of one run belong together, and after a second run, too', async (t) => {
  const { run } = await computed(t);
  assert.equal(inconsistency(manifestOf(run)), null);
  const changed = revised(run, { settings: { first: 13 } });
  await runToy(changed);
  assert.equal(inconsistency(manifestOf(changed)), null);
});

test('a stage that alone ran with another setting: the stage that did not is named', async (t) => {
  const { run, count } = await computed(t);
  // The table stays as it is: 11 and 21 end alike.
  await runStage(revised(run, { settings: { first: 21 } }), count, () => {});
  const found = 'stage double has not run since its setting first changed';
  assert.equal(inconsistency(manifestOf(run)), found);
  const { parts: _, ...older } = manifestOf(run);
  const dated = Object.entries(older.files).map(([file, entry]) => [
    file,
    entry.stage === 'count'
      ? { ...entry, metadata: { ...entry.metadata, date: '2026-02-01T00:00:00.000Z' } }
      : entry,
  ]);
  assert.equal(inconsistency({ ...older, files: Object.fromEntries(dated) }), found);
});

test('a setting that only a stage names which did not run', async (t) => {
  const { run, count, double } = await computed(t);
  const other = { ...double, settings: ['other'] as const };
  const changed = { ...run, stages: [count, other] };
  await runToy(changed);
  await runStage(revised(changed, { settings: { other: 2 } }), count, () => {});
  assert.equal(
    inconsistency(manifestOf(run)),
    'stage double has not run since its setting other changed',
  );
});

test('a table that was computed again, and not what reads it', async (t) => {
  const { run, count } = await computed(t);
  const changed = { ...run, settings: { ...run.settings, first: 12 } };
  await runStage(changed, count, () => {});
  const { parts: _, ...manifest } = manifestOf(run);
  const sameSettings = Object.entries(manifest.stages).map(([name, stage]) => [
    name,
    { ...stage, parts: { ...stage.parts, 'setting first': 'x' } },
  ]);
  assert.equal(
    inconsistency({ ...manifest, stages: Object.fromEntries(sameSettings) }),
    'stage double has not run since its table numbers changed',
  );
});

test('a resource that has changed since', async (t) => {
  const { run, count, textFile } = await computed(t);
  const changed = revised(run, { resources: { words: textFile('words', 'other words') } });
  await runStage(changed, count, () => {});
  assert.equal(
    inconsistency(manifestOf(run)),
    'stage measure has not run since its content of words changed',
  );
});

test('tables that are not there, as of a published study, are not compared', async (t) => {
  const { run, count } = await computed(t);
  await runStage(revised(run, { settings: { first: 12 } }), count, () => {});
  const manifest = manifestOf(run);
  const { 'numbers.parquet': _, 'doubles.parquet': __, ...files } = manifest.files;
  assert.equal(inconsistency({ ...manifest, files }), null);
});
