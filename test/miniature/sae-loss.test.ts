import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { saeLossGraph, saeTrainable } from '../../pipeline/miniature/sae-loss.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { namedTensors } from '../../pipeline/train/parameters.ts';

const SHAPE = { dIn: 3, dSae: 5, dOut: 4 };
const ROWS = 40;
const LAMBDA = 0.02;
const BANDWIDTH = 0.1;

suite('the loss of an SAE and its gradient', () => {
  const random = keyedRandom(3, 'sae loss');
  const draw = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1);
  const { dIn, dSae, dOut } = SHAPE;
  const parameters = draw(dIn * dSae + dSae + dSae * dOut + dOut + dSae);
  const x = draw(ROWS * dIn);
  const y = draw(ROWS * dOut);
  const weight = draw(ROWS).map((w) => 1 + w);
  const named = (flat: Float32Array) => {
    const tensors = namedTensors(saeTrainable(SHAPE), flat);
    return (name: string) => tensors[name]!.data;
  };
  const run = async () => {
    const session = await openSession(saeLossGraph(SHAPE), { provider: 'cpu' });
    return session.run({
      parameters: float32(parameters, [parameters.length]),
      x: float32(x, [ROWS, dIn]),
      y: float32(y, [ROWS, dOut]),
      weight: float32(weight, [ROWS, 1]),
      lambda: float32([LAMBDA], [1]),
    });
  };
  const found = run();

  /** The same in plain JavaScript, from the paper's formulas. */
  const expected = () => {
    const of = named(parameters);
    const [wEnc, bEnc, wDec, bDec] = ['W_enc', 'b_enc', 'W_dec', 'b_dec'].map(of);
    const theta = Array.from(of('log_threshold'), Math.exp);
    let [error, active] = [0, 0];
    const biasGradient = new Float64Array(dOut);
    const thresholdGradient = new Float64Array(dSae);
    for (let row = 0; row < ROWS; row++) {
      const pre = theta.map((_, f) => {
        let sum = bEnc![f]!;
        for (let i = 0; i < dIn; i++) sum += x[row * dIn + i]! * wEnc![i * dSae + f]!;
        return sum;
      });
      const acts = pre.map((p, f) => (p > theta[f]! ? p : 0));
      const misses = Array.from({ length: dOut }, (_, i) =>
        acts.reduce(
          (sum, act, f) => sum + act * wDec![f * dOut + i]!,
          bDec![i]! - y[row * dOut + i]!,
        ),
      );
      error += misses.reduce((sum, miss) => sum + miss * miss, 0) / ROWS;
      active += acts.filter((act) => act > 0).length / ROWS;
      misses.forEach((miss, i) => {
        biasGradient[i]! += (2 * weight[row]! * miss) / ROWS;
      });
      pre.forEach((p, f) => {
        if (Math.abs(p - theta[f]!) >= BANDWIDTH / 2) return;
        const onAct = misses.reduce((sum, miss, i) => sum + miss * wDec![f * dOut + i]!, 0);
        const slope = (2 * weight[row]! * onAct * Math.max(0, p)) / ROWS + LAMBDA / ROWS;
        thresholdGradient[f]! -= (theta[f]! * slope) / BANDWIDTH;
      });
    }
    return { error, active, biasGradient, thresholdGradient };
  };

  test('the error and the number of active features', async () => {
    const { error, l0 } = await found;
    assert.ok(Math.abs(Number(error!.data[0]) - expected().error) < 1e-5);
    assert.ok(Math.abs(Number(l0!.data[0]) - expected().active) < 1e-5);
  });

  test('the gradient of the decoder’s bias is the weighted error’s', async () => {
    const gradient = named((await found).gradient!.data as Float32Array)('b_dec');
    expected().biasGradient.forEach((g, i) => {
      assert.ok(Math.abs(gradient[i]! - g) < 1e-5);
    });
  });

  test('a threshold moves by the rows within its kernel alone', async () => {
    const gradient = named((await found).gradient!.data as Float32Array)('log_threshold');
    const wanted = expected().thresholdGradient;
    assert.ok(wanted.some((g) => g !== 0));
    wanted.forEach((g, f) => {
      assert.ok(
        Math.abs(gradient[f]! - g) < 1e-4 * Math.max(1, Math.abs(g)),
        `${gradient[f]} ${g}`,
      );
    });
  });
});
