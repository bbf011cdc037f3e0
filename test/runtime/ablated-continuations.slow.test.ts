import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Completion, generate, type Prompt } from '../../pipeline/runtime/generate.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles } from '../golden.ts';
import { goldenPairs, goldenSae, goldenSequences } from '../golden-sae.ts';
import { zeroAblate } from '../zero-ablate.ts';

const tokens = (completions: readonly Completion[]) => completions.map(({ ids }) => ids);
/** Keeps the likeliest token alone. */
const GREEDY = { temperature: 1, topP: 1e-9 };
const CPU = { provider: 'cpu', seed: 3, batchSize: 16 } as const;

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    for (const [array, scale, driver] of [
      ['greedy_ids_ablated', 1, 'host'],
      ['greedy_ids_ablated', 1, 'loop'],
      ['greedy_ids_x6', 6, 'host'],
      ['greedy_ids_x6', 6, 'loop'],
    ] as const)
      test(`ablated continuations: ${golden.name}, ${file}, ${array}, driven by the ${driver}`, async () => {
        const npz = await loadGolden(golden, file);
        const inputs = await loadGolden(golden, inputsOf(golden, file));
        const sae = await goldenSae(golden, file);
        const pairs = goldenPairs(npz, inputs, scale);
        const prompts = goldenSequences(inputs).map(({ ids }, row) => ({
          key: `row ${row}`,
          prompt: ids,
          // A few of these references edit BOS, which the study refuses.
          additions: zeroAblate({ uncounted: 0 }, sae, pairs[row]!),
        }));
        const expected = npz.get(array);
        const run = async (some: readonly Prompt[]) =>
          tokens(
            await generate(loadModel(join(golden.dir, 'model')), some, {
              ...CPU,
              ...GREEDY,
              driver,
              intervention: { hook: sae.outputHook },
              stopIds: [],
              maxNewTokens: expected.dims[1]!,
            }),
          );
        assert.deepEqual((await run(prompts)).flat(), numbers(expected.data));
        // Beside the same prompts without edits, of which they take the keys and values before their own.
        const plain = prompts.map(({ additions: _, ...prompt }) => prompt);
        const both = await run([...plain, ...prompts]);
        assert.deepEqual(both.slice(plain.length).flat(), numbers(expected.data));
      });
