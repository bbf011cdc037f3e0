import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readParquet } from '../../pipeline/engine/parquet.ts';
import { runStage } from '../../pipeline/engine/run.ts';
import { numbers, revised, type ToyRun, type ToyStage, toyStudy } from './toy-study.ts';

/** The stage `count` in two parts, of which the second fails while `isBroken`. */
function inParts(count: ToyStage) {
  const state = { isBroken: true, done: [] as string[] };
  const stage: ToyStage = {
    ...count,
    async run({ settings: { first = 0 }, write, keep }) {
      const part = async (name: string, n: number) => {
        state.done.push(name);
        return { n };
      };
      const one = await keep('one', () => part('one', first));
      if (state.isBroken) throw new Error('interrupted');
      write(
        numbers,
        [one, await keep('two', () => part('two', 2.5e-7 + 2))].map(({ n }) => ({
          n: Math.floor(n),
        })),
      );
    },
  };
  return { stage, state };
}

const keptIn = (run: ToyRun) => join(run.results, '.count.kept');

test('a run after an interrupted one takes the parts that were done, and none are left at the end', async (t) => {
  const { run, count } = toyStudy(t);
  const { stage, state } = inParts(count);
  const parted = { ...run, stages: [stage] };
  await assert.rejects(
    runStage(parted, stage, () => {}),
    /^Error: interrupted$/,
  );
  assert.ok(existsSync(keptIn(run)));
  state.isBroken = false;
  await runStage(parted, stage, () => {});
  assert.deepEqual(state.done, ['one', 'two']);
  assert.deepEqual(await readParquet(join(run.results, 'numbers.parquet'), numbers), [
    { n: 11 },
    { n: 2 },
  ]);
  assert.ok(!existsSync(keptIn(run)));
});

test('what was kept under another setting is done again', async (t) => {
  const { run, count } = toyStudy(t);
  const { stage, state } = inParts(count);
  await assert.rejects(runStage({ ...run, stages: [stage] }, stage, () => {}));
  state.isBroken = false;
  const other = revised({ ...run, stages: [stage] }, { settings: { first: 7, other: 1 } });
  await runStage(other, stage, () => {});
  assert.deepEqual(state.done, ['one', 'one', 'two']);
  assert.equal((await readParquet(join(run.results, 'numbers.parquet'), numbers))[0]!.n, 7);
});
