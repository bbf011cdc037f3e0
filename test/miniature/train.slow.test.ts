import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ProgressDisplay } from '../../pipeline/engine/progress.ts';
import { train } from '../../pipeline/miniature/train-model.ts';
import { learningRate, PLAN, type TrainingPlan } from '../../pipeline/miniature/training-plan.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { tempDir } from '../temp.ts';
import { assertNear, MINIATURE } from './miniature.ts';

test('the rate warms up, holds, and falls to 0', () => {
  const rate = (step: number) => learningRate(step, PLAN);
  assertNear(rate(1), PLAN.peakRate / 100, 1e-12);
  assertNear(rate(100), PLAN.peakRate, 1e-12);
  assertNear(rate(PLAN.steps / 2), PLAN.peakRate, 1e-12);
  assertNear(rate((3 / 4) * PLAN.steps), PLAN.peakRate / 2, 1e-12);
  assertNear(rate(PLAN.steps), 0, 1e-12);
  for (let step = 2; step <= PLAN.steps; step++)
    assert.ok(step <= 100 ? rate(step) > rate(step - 1) : rate(step) <= rate(step - 1));
});

/** Rates warm up slowly: a high peak lets the few steps move the weights. */
const SMALL: TrainingPlan = {
  seed: 1,
  steps: 4,
  rows: 2,
  length: 64,
  peakRate: 0.2,
  saveEvery: 2,
};

/** A folder with a tokenizer and no model, and one for the state. */
function emptyRun(root: string): { modelDir: string; stateDir: string } {
  const modelDir = join(root, 'model');
  mkdirSync(modelDir);
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(join(MINIATURE, file), join(modelDir, file));
  return { modelDir, stateDir: join(root, 'state') };
}

const silent: ProgressDisplay = { update() {}, stop() {} };

/** Pulls the plug once a step is done. */
const stopAt = (step: number): ProgressDisplay => ({
  update: (done) => {
    if (done === step) throw new Error('interrupted');
  },
  stop() {},
});

const bytesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'base64')]),
  );

suite('a training of a few steps', () => {
  const cleanUp: (() => void)[] = [];
  const scope = { after: (remove: () => void) => void cleanUp.push(remove) };
  after(() => {
    for (const remove of cleanUp) remove();
  });
  const whole = emptyRun(tempDir(scope));
  let curve: Awaited<ReturnType<typeof train>>;

  before(async () => {
    curve = await train(SMALL, whole.modelDir, whole.stateDir, silent);
  });

  test('a model that loads', () => {
    const { dims, weights } = loadModel(whole.modelDir);
    assert.equal(dims.nLayers, 6);
    assert.ok(weights.size > 0);
    assert.ok(!readdirSync(whole.modelDir).some((file) => file.endsWith('.tmp')));
  });

  test('KL to the process is taken at every save, and falls', () => {
    assert.deepEqual(
      curve.map(({ step }) => step),
      [2, 4],
    );
    assert.ok(curve.every(({ heldOutKl }) => heldOutKl > 0));
    assert.ok(curve[1]!.heldOutKl < curve[0]!.heldOutKl);
  });

  test('the same plan gives the same bytes', async (t) => {
    const again = emptyRun(tempDir(t));
    await train(SMALL, again.modelDir, again.stateDir, silent);
    assert.ok(sameFiles(again.modelDir, whole.modelDir));
  });

  test('interrupted between two saves and taken up again, it gives the same bytes', async (t) => {
    const { modelDir, stateDir } = emptyRun(tempDir(t));
    await assert.rejects(train(SMALL, modelDir, stateDir, stopAt(3)), /^Error: interrupted$/);
    assert.ok(!readdirSync(modelDir).includes('model.safetensors'));
    const steps: number[] = [];
    const display = { ...silent, update: (done: number) => void steps.push(done) };
    const resumed = await train(SMALL, modelDir, stateDir, display);
    assert.deepEqual(steps, [3, 4]);
    assert.deepEqual(resumed, curve);
    assert.ok(sameFiles(modelDir, whole.modelDir));
  });

  test('a finished training is written again without a step', async (t) => {
    const { modelDir } = emptyRun(tempDir(t));
    const display = stopAt(SMALL.steps);
    assert.deepEqual(await train(SMALL, modelDir, whole.stateDir, display), curve);
    assert.ok(sameFiles(modelDir, whole.modelDir));
  });

  test("another plan's state is refused in one line, and left as it was", async (t) => {
    const { modelDir } = emptyRun(tempDir(t));
    const before = [bytesOf(modelDir), bytesOf(whole.stateDir)];
    await assert.rejects(
      train({ ...SMALL, seed: 2 }, modelDir, whole.stateDir, silent),
      ({ message }: Error) =>
        message ===
        `${whole.stateDir} holds a training of another plan: delete it, or run with --fresh`,
    );
    const same = JSON.stringify([bytesOf(modelDir), bytesOf(whole.stateDir)]);
    assert.ok(same === JSON.stringify(before));
  });
});

/** Whether two folders hold the same files, byte for byte: an answer, not megabytes of difference. */
const sameFiles = (a: string, b: string): boolean =>
  JSON.stringify(bytesOf(a)) === JSON.stringify(bytesOf(b));
