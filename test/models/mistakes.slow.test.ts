import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { int64 } from '../../pipeline/graph/tensor.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { architectureIn } from '../../pipeline/subjects/load-model.ts';
import {
  configOf,
  fullestRun,
  type Golden,
  goldenModels,
  loadGolden,
  numbers,
  tolerance,
} from '../golden.ts';
import { goldenModel, realDistance, runGolden } from './golden-run.ts';
import { mistaken, mistakeOf, type Right } from './mistakes.ts';

/** By name, how far the logits of a run are off with it, as another implementation has measured. */
function listed({ manifest }: Golden, file: string): [name: string, error: number][] {
  const found: [string, number][] = [];
  const look = (value: unknown, path: string): void => {
    for (const [key, each] of Object.entries(Object(value)))
      if (key !== 'logits_error_of_each_mistake_max_abs') look(each, `${path}/${key}`);
      else if (path.split('/').some((part) => part && file.includes(`_${part}.`)))
        found.push(...(Object.entries(each as object) as [string, number][]));
  };
  look((manifest as { checks?: unknown }).checks, '');
  return found;
}

const rightOf = (golden: Golden): Right => {
  const dir = join(golden.dir, 'model');
  const config = configOf(golden);
  return { spec: architectureIn(dir).specOf(config, join(dir, 'config.json')), config };
};

/** How far each array of a run but gradients is off, at real tokens, in tolerances. */
async function errorsOf(golden: Golden, model: Model): Promise<Map<string, number>> {
  const file = fullestRun(golden);
  const npz = await loadGolden(golden, file);
  const found = await runGolden({ npz, model, withGradients: false });
  const errors = new Map<string, number>();
  for (const [name, actual] of found)
    if (npz.has(name))
      errors.set(name, realDistance(actual, npz.get(name), npz) / tolerance(golden, file, name));
  return errors;
}

for (const golden of goldenModels()) {
  const file = fullestRun(golden);
  const tol = tolerance(golden, file, 'logits');
  suite(`mistakes that others made would not pass: ${golden.name}`, async () => {
    const model = rightOf(golden);

    const right = errorsOf(golden, goldenModel(golden, file));

    test('the model without one is near', async () => {
      for (const [name, error] of await right)
        assert.ok(error <= 1, `${name}: ${error} tolerances`);
    });

    for (const [name, error] of listed(golden, file)) {
      const skip = unseen(name, error);
      test(name, { skip }, async () => {
        const errors = await errorsOf(golden, mistaken(goldenModel(golden, file), model, name));
        const logits = errors.get('logits')! * tol;
        assert.ok(Math.abs(logits - error) <= 0.06 * error + tol, `${logits}, listed ${error}`);
        const arrays = [...errors];
        if (error > tol) return assert.ok(arrays.some(([, worst]) => worst > 1));
        // Smaller than what tolerances allow, which are many times what float32 rounds.
        const without = await right;
        const inexact = arrays.filter(([array]) => without.get(array)! > 0);
        const ratios = inexact.map(([array, worst]) => worst / without.get(array)!);
        assert.ok(Math.max(...ratios) > 4, `at most ${Math.max(...ratios)} times as far`);
      });
    }

    test('padding that is attended to', async () => {
      const npz = await loadGolden(golden, file);
      const mask = npz.get('attention_mask');
      const all = int64(Array<number>(mask.data.length).fill(1), mask.dims);
      const get = (name: string) => (name === 'attention_mask' ? all : npz.get(name));
      const found = await runGolden({
        npz: { ...npz, get },
        model: goldenModel(golden, file),
        withGradients: false,
      });
      const error = realDistance(found.get('logits')!, npz.get('logits'), npz);
      assert.ok(error > 50 * tol || !numbers(mask.data).includes(0), String(error));
    });

    test('positions that count padding, which only rotated queries and keys show', async (t) => {
      const npz = await loadGolden(golden, file);
      const [positions, mask] = ['position_ids', 'attention_mask'].map((name) => npz.get(name));
      if (!npz.has('q_rot') || !numbers(mask!.data).includes(0)) return t.skip('no padding here');
      const length = positions!.dims[1]!;
      const columns = int64(
        numbers(positions!.data).map((_, i) => i % length),
        positions!.dims,
      );
      const get = (name: string) => (name === 'position_ids' ? columns : npz.get(name));
      const found = await runGolden({
        npz: { ...npz, get },
        model: goldenModel(golden, file),
        withGradients: false,
      });
      const error = realDistance(found.get('q_rot')!, npz.get('q_rot'), npz);
      assert.ok(error > 50 * tolerance(golden, file, 'q_rot'), String(error));
    });
  });
}

/** Why a mistake cannot be tried on a model; false where it can. */
function unseen(name: string, error: number): string | false {
  if (error < 1e-9) return 'changes nothing in this model';
  return mistakeOf(name) ? false : 'has no counterpart in these graphs';
}
