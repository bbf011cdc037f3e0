import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Tensor } from '../../pipeline/graph/tensor.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import type { Activations } from '../../pipeline/train/activations.ts';
import { batches, splitRows, stepsOf } from '../../pipeline/train/coder-batches.ts';
import { CHECKPOINT_INTERVAL, loadCheckpoint } from '../../pipeline/train/coder-checkpoint.ts';
import { coderData } from '../../pipeline/train/coder-data.ts';
import { standardNormal } from '../../pipeline/train/parameters.ts';
import { type CoderTraining, trainCoder } from '../../pipeline/train/train-coder.ts';
import type { SaeTraining } from '../../pipeline/train/training-settings.ts';
import { assertNear } from '../miniature/miniature.ts';
import { tempDir } from '../temp.ts';

const WIDTH = 24;
const DIRECTIONS = 24;
/** More than there are directions, as of a model's one does not know how many there are. */
const FEATURES = 32;
const ROWS = 4000;
const ACTIVE = 3;

const TRAINING: SaeTraining = {
  seed: 4,
  samples: { short: 1, long: 1, plain: 1 },
  maxNewTokens: 1,
  k: ACTIVE,
  epochs: 22,
  batch: 128,
  rate: 0.01,
};

/** Sparse sums of known unit directions, `ACTIVE` of them in each row, around a mean. */
function knownData() {
  const random = keyedRandom(8, 'dictionary');
  const directions = Array.from({ length: DIRECTIONS }, () => {
    const direction = Array.from({ length: WIDTH }, () => standardNormal(random));
    return direction.map((value) => value / Math.hypot(...direction));
  });
  const data = new Float32Array(ROWS * WIDTH).fill(0.5);
  for (let row = 0; row < ROWS; row++)
    for (let n = 0; n < ACTIVE; n++) {
      const direction = directions[Math.floor(random() * DIRECTIONS)]!;
      const strength = 4 + 4 * random();
      for (let i = 0; i < WIDTH; i++) data[row * WIDTH + i]! += strength * direction[i]!;
    }
  const activations: Activations = { n: ROWS, width: WIDTH, data };
  return { directions, data: coderData(activations, activations) };
}

const { directions, data } = knownData();
const train = (options: Partial<CoderTraining> = {}) =>
  trainCoder('res_1', FEATURES, { training: TRAINING, data, onStep: () => {}, ...options });
const bytes = (arrays: Record<string, Tensor>) =>
  Object.entries(arrays).map(([name, { data }]) => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ]);
const trained = train();

suite('an SAE trained on sums of known directions', () => {
  test('finds them, and explains rows that it has not seen', async () => {
    const { arrays, report } = await trained;
    const decoder = arrays.W_dec!.data as Float32Array;
    const rows = Array.from({ length: FEATURES }, (_, f) =>
      decoder.subarray(f * WIDTH, (f + 1) * WIDTH),
    );
    const best = directions.map((direction) =>
      Math.max(
        ...rows.map(
          (row) => direction.reduce((sum, x, i) => sum + x * row[i]!, 0) / Math.hypot(...row),
        ),
      ),
    );
    const found = best.filter((cosine) => cosine > 0.95).length;
    assert.ok(
      found >= 0.9 * DIRECTIONS,
      `${found} of ${DIRECTIONS}: ${best.map((c) => c.toFixed(2))}`,
    );
    assert.ok(report.fvu < 0.05, `FVU ${report.fvu}`);
    assertNear(report.l0, ACTIVE, 0.6, 'L0');
    assert.ok(report.dead <= 1 - DIRECTIONS / FEATURES, `dead ${report.dead}`);
    assert.ok(report.threshold > 0);
  });

  test('is the same to the last bit from the same seed, and another from another', async () => {
    const short = { ...TRAINING, epochs: 1 };
    const first = await train({ training: short });
    assert.deepEqual(bytes((await train({ training: short })).arrays), bytes(first.arrays));
    const other = await train({ training: { ...short, seed: 5 } });
    assert.notDeepEqual(bytes(other.arrays), bytes(first.arrays));
  });
});

test('a transcoder with a skip connection leaves to its features what is not linear', async () => {
  const random = keyedRandom(9, 'linear part');
  const normal = (n: number) => Float32Array.from({ length: n }, () => standardNormal(random));
  const [dIn, dOut, n] = [12, 8, 3000];
  const [x, map] = [normal(n * dIn), normal(dIn * dOut)];
  const y = new Float32Array(n * dOut);
  for (let row = 0; row < n; row++)
    for (let j = 0; j < dOut; j++)
      for (let i = 0; i < dIn; i++) y[row * dOut + j]! += x[row * dIn + i]! * map[i * dOut + j]!;
  const linear = coderData({ n, width: dIn, data: x }, { n, width: dOut, data: y });
  const trainWith = (id: string, skip: boolean) =>
    trainCoder(id, 16, { training: { ...TRAINING, skip }, data: linear, onStep: () => {} });
  const [without, withSkip] = [await trainWith('tc_1', false), await trainWith('tc_1', true)];
  assert.equal(without.arrays.W_skip, undefined);
  assert.ok(withSkip.report.fvu < without.report.fvu / 5, `${withSkip.report.fvu}`);
  assert.deepEqual(withSkip.arrays.W_skip!.dims, [dIn, dOut]);
  assert.equal((await trainWith('res_1', true)).arrays.W_skip, undefined);
});

suite('an interrupted training', () => {
  /** Stop a training after some steps, as if the process had been killed. */
  const interrupted = (checkpoint: string, at: number) =>
    train({
      checkpoint,
      onStep: (step) => {
        if (step === at) throw new Error('killed');
      },
    });

  test('goes on after its last checkpoint, and ends as an uninterrupted one', async (t) => {
    const checkpoint = join(tempDir(t), 'res_1.npz');
    const steps = stepsOf(TRAINING, ROWS);
    // Once early, and once among the last steps, whose thresholds are kept.
    const kills = [CHECKPOINT_INTERVAL + 50, 3 * CHECKPOINT_INTERVAL + 20];
    assert.ok(steps * 0.9 < 3 * CHECKPOINT_INTERVAL && kills[1]! < steps, `${steps} steps`);
    for (const at of kills) await assert.rejects(interrupted(checkpoint, at), /killed/);
    assert.ok(!existsSync(`${checkpoint}.tmp`));
    const made: number[] = [];
    const resumed = await train({ checkpoint, onStep: (step) => void made.push(step) });
    assert.equal(made[0], 3 * CHECKPOINT_INTERVAL + 1);
    assert.equal(made.at(-1), steps);
    const whole = await trained;
    assert.deepEqual(resumed.report, whole.report);
    assert.deepEqual(bytes(resumed.arrays), bytes(whole.arrays));
  });

  test('a damaged checkpoint, or one of another size, is refused in one line', async (t) => {
    const path = join(tempDir(t), 'res_1.npz');
    await assert.rejects(interrupted(path, CHECKPOINT_INTERVAL), /killed/);
    await assert.rejects(loadCheckpoint(path, 7), {
      message: `${path}: ${2 * WIDTH * FEATURES + FEATURES + WIDTH} parameters, the SAE has 7: delete it`,
    });
    writeFileSync(path, readFileSync(path).subarray(0, 1000));
    await assert.rejects(train({ checkpoint: path }), {
      message: `${path}: damaged: delete it, and the training of its SAE starts again`,
    });
    assert.equal(await loadCheckpoint(join(tempDir(t), 'none.npz'), 7), null);
  });
});

suite('the draws of a training', () => {
  const training = { seed: 3, batch: 7 };

  test('a twentieth of the rows is held out, and no row is on both sides', () => {
    const { trained, heldOut } = splitRows('res_1', training, 100);
    assert.equal(heldOut.length, 5);
    assert.equal(new Set([...trained, ...heldOut]).size, 100);
    assert.notDeepEqual(splitRows('res_2', training, 100).heldOut, heldOut);
  });

  test('an epoch has every row once, and its batches go on where some were left out', () => {
    const rows = Int32Array.from({ length: 21 }, (_, i) => 100 + i);
    const all = batches('res_1', training, rows);
    const drawn = Array.from({ length: 6 }, () => [...all()]);
    assert.deepEqual(drawn.slice(0, 3).flat().sort(), [...rows]);
    assert.deepEqual(drawn.slice(3).flat().sort(), [...rows]);
    assert.notDeepEqual(drawn.slice(3), drawn.slice(0, 3));
    const later = batches('res_1', training, rows, 4);
    assert.deepEqual([...later()], drawn[4]);
  });
});
