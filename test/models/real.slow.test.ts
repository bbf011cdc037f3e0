import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import type { Npz } from '../../pipeline/sources/formats/npz.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  assertClose,
  COMMITTED,
  GOLDEN_DIR,
  loadGolden,
  numbers,
  realGoldens,
  tolerance,
} from '../golden.ts';
import { tempDir } from '../temp.ts';
import { weightsFile } from '../weights.ts';
import { ARRAYS, logProbsOf, type RealRun, runReal } from './real-run.ts';

test('there are reference numbers of two real models', { skip: GOLDEN_DIR !== COMMITTED }, () => {
  assert.equal(realGoldens().length, 2);
});

/** Exact arrays, which are inputs or have a test of their own, and margins, which explain a mismatch. */
const OTHERWISE = /^(chosen_ids|p\d+_(ids|top20_ids|greedy_ids|greedy_top2_margin))$|__f64$/;

/** Keeps the likeliest token alone. */
const GREEDY = { provider: 'cpu', seed: 0, temperature: 1, topP: 1e-9, stopIds: [] } as const;

for (const golden of realGoldens()) {
  const { manifest } = golden;
  const { path, skip } = weightsFile(manifest.model_file.name);
  suite(`${manifest.model_file.name} gives the reference’s numbers`, { skip }, () => {
    const { prompts } = manifest.inputs;
    const file = Object.keys(manifest.files).find((name) => 'p0_ids' in manifest.files[name]!)!;
    const cache = tempDir({ after });
    let [dir, npz, run]: [string, Npz | null, RealRun | null] = ['', null, null];
    const reference = (name: string): Tensor => npz!.get(name);
    const idsOf = (array: string) =>
      prompts.map((_, row) => numbers(reference(`p${row}_${array}`).data));

    before(async () => {
      npz = await loadGolden(golden, file);
      dir = unpackGguf(path, cache, () => {}).dir;
      run = await runReal(loadModel(dir), golden, idsOf('ids'));
    });

    test('tokens of the prompts', () => {
      const { encode } = loadTokenizer(dir);
      const bos = manifest.model.config.bos_token_id;
      const found = prompts.map(({ text, bos_prepended: begun }) =>
        begun ? [bos, ...encode(text)] : encode(text),
      );
      assert.deepEqual(found, idsOf('ids'));
    });

    const arrays = Object.keys(manifest.files[file]!).filter((name) => !OTHERWISE.test(name));
    for (const name of arrays)
      test(`${name}, in a padded batch`, () => {
        const [, row, array] = /^p(\d+)_(\w+)$/.exec(name)!;
        const compute = ARRAYS[array!];
        assert.ok(compute, `${name} is compared with nothing: add it to real-run.ts`);
        const actual = compute(run!, Number(row), reference);
        assertClose(actual, reference(name), tolerance(golden, file, name), name);
        const after = manifest.files[file]![name]!.tol_abs_suggested_after_first_pos;
        if (after === undefined) return;
        const [rest, expected] = [actual, reference(name)].map(afterFirst);
        assertClose(rest!, expected!, after, `${name} after the first position`);
      });

    test('no token is likelier than the likeliest of the reference', () => {
      for (const row of prompts.keys()) {
        const tol = tolerance(golden, file, `p${row}_top20_logprob`);
        const { data, dims } = reference(`p${row}_top20_logprob`);
        const listed = dims[1]!;
        for (const [pos, logProbs] of logProbsOf(run!, row).entries()) {
          const least = Number(data[listed * (pos + 1) - 1]);
          const likelier = logProbs.filter((x) => x > least + tol).length;
          assert.ok(likelier < listed, `prompt ${row}, position ${pos}: ${likelier} tokens`);
        }
      }
    });

    test('greedy tokens', async () => {
      const expected = idsOf('greedy_ids');
      assert.ok(expected.every(({ length }) => length >= 20));
      const maxNewTokens = expected[0]!.length;
      const batch = idsOf('ids').map((prompt, row) => ({ key: `${row}`, prompt }));
      const options = { ...GREEDY, batchSize: batch.length, maxNewTokens };
      const found = await generate(loadModel(dir), batch, options);
      assert.deepEqual(
        found.map(({ ids }) => ids),
        expected,
      );
    });
  });
}

/** Without the first position. @param tensor [layer, pos, …] */
function afterFirst({ data, dims }: Tensor): Tensor {
  const [layers, length, ...inner] = dims as [number, number, ...number[]];
  const width = inner.reduce((a, b) => a * b, 1);
  const rest = numbers(data).filter((_, i) => Math.floor(i / width) % length > 0);
  return float32(rest, [layers, length - 1, ...inner]);
}
