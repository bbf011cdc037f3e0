import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32, int64 } from '../pipeline/graph/tensor.ts';
import {
  assertClose,
  forwardFiles,
  fullestRun,
  GOLDEN_DIR,
  goldenModels,
  loadGolden,
  otherModels,
  realGoldens,
  tolerance,
} from './golden.ts';

/** The least that a folder of reference numbers proves anything with. */
const LEAST = [
  'input_ids attention_mask metric_pos metric_ids resid_post z logits entropy',
  'lens_diff_capped lens_diff_uncapped grad_resid_post grad_z grad_embed greedy_ids',
].flatMap((line) => line.split(' '));

test('the reference folder holds at least one model, with padded input and the least set of arrays', async () => {
  const models = goldenModels();
  assert.ok(models.length > 0, `no model in ${GOLDEN_DIR}`);
  for (const golden of models) {
    const { names } = await loadGolden(golden, fullestRun(golden));
    assert.deepEqual(
      LEAST.filter((name) => !names.includes(name)),
      [],
      golden.name,
    );
  }
});

for (const name of otherModels())
  test(`a family that is not supported yet: ${name}`, { skip: true }, () => {});

test('every file has the hash that its manifest gives', () => {
  for (const { dir, manifest } of [...goldenModels(), ...realGoldens()]) {
    const { data_files } = manifest as unknown as {
      data_files: Record<string, { sha256: string }>;
    };
    for (const [file, { sha256 }] of Object.entries(data_files)) {
      const bytes = readFileSync(join(dir, file));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, join(dir, file));
    }
  }
});

test('every array has a tolerance or is exact, but for margins and the inputs of a test', async () => {
  for (const golden of goldenModels())
    for (const file of forwardFiles(golden))
      for (const name of (await loadGolden(golden, file)).names)
        if (!name.startsWith('greedy_top2_margin')) assert.ok(tolerance(golden, file, name) >= 0);
});

test('assertClose fails on a value, a shape, a NaN and an empty selection, and says where', () => {
  const expected = float32([1, 2, 3, 4], [2, 2]);
  const close = (values: number[], tol: number, mask?: number[]) =>
    assertClose(
      float32(values, [2, 2]),
      expected,
      tol,
      'x',
      mask && { mask: int64(mask, [2]), from: 0 },
    );
  close([1, 2, 3, 4.09], 0.1);
  assert.throws(
    () => close([1, 2, 3, 4.2], 0.1),
    /x: 4\.19\d* ≠ 4 at \[1,1\]: error 0\.19\d* > 0\.1/,
  );
  assert.throws(() => close([1, Number.NaN, 3, 4], 0.1), /NaN ≠ 2 at \[0,1\]: error Infinity/);
  close([1, 2, Number.NaN, 9], 0.1, [1, 0]);
  assert.throws(() => close([1, 2, 3, 4], 0.1, [0, 0]), /nothing to compare/);
  assert.throws(() => assertClose(float32([1], [1]), expected, 1, 'x'), /x: shape/);
});
