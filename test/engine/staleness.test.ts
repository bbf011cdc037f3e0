import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runStage } from '../../pipeline/engine/run.ts';
import { isAccepted, staleness } from '../../pipeline/engine/staleness.ts';
import { revised, runToy, type ToyRun, type ToyStage, toyStudy } from './toy-study.ts';

const reasonOf = (run: ToyRun, stage: ToyStage): string | undefined =>
  staleness(run, stage)?.reason;
const rerun = (run: ToyRun, stage: ToyStage) => runStage(run, stage, () => {});

test('a stage is missing, then written and up to date, whatever the age of its files', async (t) => {
  const { run, count, double, measure } = toyStudy(t);
  assert.deepEqual(staleness(run, count), { reason: 'numbers.parquet: missing', changed: [] });
  assert.deepEqual(await runToy(run), []);
  utimesSync(join(run.results, 'doubles.parquet'), 0, 0);
  utimesSync(join(run.results, 'numbers.parquet'), 2e9, 2e9);
  for (const stage of [count, double, measure]) assert.equal(staleness(run, stage), null);
});

test('a stage is stale by the setting that it names, and no other', async (t) => {
  const { run, count } = toyStudy(t);
  await runToy(run);
  assert.equal(staleness(revised(run, { settings: { other: 2 } }), count), null);
  const { reason, changed } = staleness(revised(run, { settings: { first: 12 } }), count)!;
  assert.equal(reason, 'changed: setting first');
  assert.equal(changed.length, 1);
  const [{ name, before, now }] = changed as [(typeof changed)[0]];
  assert.equal(name, 'setting first');
  assert.match(`${before} ${now}`, /^[0-9a-f]{16} [0-9a-f]{16}$/);
  assert.notEqual(before, now);
});

test('a stage is stale by a resource’s content, where it needs it', async (t) => {
  const { run, count, measure, textFile } = toyStudy(t);
  await runToy(run);
  const same = revised(run, { resources: { words: textFile('words', 'one two') } });
  assert.equal(staleness(same, measure), null);
  const other = revised(run, { resources: { words: textFile('words', 'three') } });
  assert.equal(reasonOf(other, measure), 'changed: content of words');
  assert.equal(staleness(other, count), null);
});

test('a stage is stale by the code that reads a resource, where it needs it', async (t) => {
  const { run, count, double, measure, edit } = toyStudy(t);
  await runToy(run);
  edit('read-words');
  assert.match(reasonOf(run, measure)!, /^changed: code .*\/read-words\.ts$/);
  for (const stage of [count, double]) assert.equal(staleness(run, stage), null);
});

test('a resource that a stage only uses counts where it is there, and its coming and going too', async (t) => {
  const { run, measure, textFile, edit } = toyStudy(t);
  await runToy(run);
  const noted = revised(run, { resources: { notes: textFile('notes', 'a note') } });
  assert.match(reasonOf(noted, measure)!, /^changed: code .*\/read-notes\.ts, content of notes$/);
  assert.deepEqual(
    staleness(noted, measure)!.changed.map(({ before }) => before !== null),
    [false, true],
  );
  await rerun(noted, measure);
  assert.equal(staleness(noted, measure), null);
  const other = revised(run, { resources: { notes: textFile('notes', 'another note') } });
  assert.equal(reasonOf(other, measure), 'changed: content of notes');
  edit('read-notes');
  assert.match(reasonOf(noted, measure)!, /^changed: code .*\/read-notes\.ts$/);
  assert.match(reasonOf(run, measure)!, /content of notes$/);
});

test('a stage is stale when its code changed', async (t) => {
  const { run, count, double, edit } = toyStudy(t);
  await runToy(run);
  edit('count');
  assert.match(reasonOf(run, count)!, /^changed: code .*\/count\.ts$/);
  assert.equal(staleness(run, double), null);
});

test('equal rows cut the chain: what reads them is not stale, whatever wrote them again', async (t) => {
  const { run, count, double, edit } = toyStudy(t);
  await runToy(run);
  edit('count');
  await rerun(run, count);
  assert.equal(staleness(run, count), null);
  assert.equal(staleness(run, double), null);
  // 21 and 11 have the same last digit, which is what is written.
  const sameRows = revised(run, { settings: { first: 21 } });
  assert.equal(reasonOf(sameRows, count), 'changed: setting first');
  await rerun(sameRows, count);
  assert.equal(staleness(sameRows, double), null);
  const otherRows = revised(run, { settings: { first: 12 } });
  await rerun(otherRows, count);
  assert.equal(reasonOf(otherRows, double), 'changed: table numbers');
  await rerun(run, count);
  assert.equal(staleness(run, double), null);
});

test('of many changes the first are named in one line, and all are listed', async (t) => {
  const { run, measure, textFile, edit } = toyStudy(t);
  await runToy(run);
  const words = textFile('words', 'three');
  edit('read-words');
  const changed = revised(run, { resources: { words, notes: words } });
  const stale = staleness(changed, measure)!;
  const names = stale.changed.map(({ name }) => name);
  assert.equal(names.length, 3);
  assert.equal(stale.reason, `changed: ${names.join(', ')}`);
  const more = staleness(changed, { ...measure, settings: ['first', 'other'] })!;
  assert.equal(more.changed.length, 5);
  assert.equal(more.reason, `${stale.reason} and 2 more`);
});

test('where changed code is accepted, a stage is up to date by it alone, and by nothing else', async (t) => {
  const { run, count, measure, edit, textFile } = toyStudy(t);
  const accepting = { ...run, acceptsCode: true };
  assert.equal(reasonOf(accepting, count), 'numbers.parquet: missing');
  await runToy(run);
  assert.ok(!isAccepted(accepting, count)); // it is up to date by itself
  edit('count');
  edit('read-words');
  assert.match(reasonOf(run, count)!, /^changed: code /);
  for (const stage of [count, measure]) {
    assert.equal(staleness(accepting, stage), null);
    assert.ok(isAccepted(accepting, stage));
    assert.ok(!isAccepted(run, stage));
  }
  const other = revised(accepting, { resources: { words: textFile('words', 'three') } });
  assert.match(reasonOf({ ...other, acceptsCode: true }, measure)!, /content of words/);
  await rerun(accepting, count);
  assert.equal(staleness(run, count), null); // forced, it is of its new code
});
