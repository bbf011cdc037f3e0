import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { measureCost } from '../../pipeline/engine/cost.ts';
import { runStage } from '../../pipeline/engine/run.ts';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { toyStudy } from './toy-study.ts';

test('what some work takes: its time, and memory that it has only meanwhile', async () => {
  const before = await measureCost(async () => {});
  const { seconds, peak_mb } = await measureCost(async () => {
    const held = Buffer.alloc(200e6, 1);
    await setTimeout(600);
    assert.equal(held[held.length - 1], 1);
  });
  assert.ok(seconds >= 0.6 && seconds < 30, `${seconds} s`);
  assert.ok(peak_mb >= before.peak_mb + 100, `${peak_mb} MB, before ${before.peak_mb} MB`);
});

test('work that fails fails with its own error', async () => {
  await assert.rejects(
    measureCost(async () => {
      throw new Error('no room');
    }),
    /^Error: no room$/,
  );
});

test('the cost of a stage is in the manifest, and its tables do not depend on it', async (t) => {
  const { run, count } = toyStudy(t);
  const slow = {
    ...count,
    run: async (context: Parameters<typeof count.run>[0]) => {
      await setTimeout(300);
      await count.run(context);
    },
  };
  await runStage(run, count, () => {});
  const first = readManifest(run.results)!;
  await runStage(run, slow, () => {});
  const second = readManifest(run.results)!;
  assert.ok(first.stages.count!.seconds < 0.3);
  assert.ok(second.stages.count!.seconds >= 0.3);
  assert.ok(first.stages.count!.peak_mb > 10);
  assert.equal(second.files['numbers.parquet']!.sha256, first.files['numbers.parquet']!.sha256);
});
