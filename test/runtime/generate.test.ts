import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Graph } from '../../pipeline/graph/builder.ts';
import type { Model } from '../../pipeline/models/model.ts';
import {
  type Completion,
  generate,
  generationBatches,
  type Prompt,
} from '../../pipeline/runtime/generate.ts';
import type { Npz } from '../../pipeline/sources/formats/npz.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, modelFiles, numbers, openGolden } from '../golden.ts';
import { goldenSequences } from '../golden-sae.ts';
import { goldenModel } from '../models/golden-run.ts';

/** Longer than any list here, so that only the limit ends a completion. */
const OPTIONS = { provider: 'cpu', seed: 3, batchSize: 200, stopIds: [] } as const;
const DRIVERS = ['host', 'loop'] as const;
/** Keeps the likeliest token alone. */
const GREEDY = { temperature: 1, topP: 1e-9 };

const tokens = (completions: readonly Completion[]) => completions.map(({ ids }) => ids);

for (const golden of goldenModels())
  for (const file of modelFiles(golden))
    for (const driver of DRIVERS)
      test(`greedy continuations: ${golden.name}, ${file}, driven by the ${driver}`, async () => {
        const expected = (await loadGolden(golden, file)).get('greedy_ids');
        const prompts = promptsOf(await loadGolden(golden, inputsOf(golden, file)));
        const steps = expected.dims[1]!;
        const found = await generate(goldenModel(golden, file), prompts, {
          ...OPTIONS,
          ...GREEDY,
          driver,
          maxNewTokens: steps,
        });
        assert.deepEqual(tokens(found).flat(), numbers(expected.data));
      });

const promptsOf = (npz: Npz): Prompt[] =>
  goldenSequences(npz).map(({ ids }, row) => ({ key: `row ${row}`, prompt: ids }));

suite('a completion depends on its own prompt, key and seed alone', () => {
  const golden = openGolden('config_A');
  const model = loadModel(join(golden.dir, 'model'));
  const sampled = { ...OPTIONS, temperature: 0.8, topP: 0.9, maxNewTokens: 24 };
  /** 115 prompts of many lengths. */
  const prompts: Prompt[] = Array.from({ length: 115 }, (_, i) => ({
    key: `sample ${i}`,
    prompt: [2, ...Array.from({ length: 1 + (i % 17) }, (_, j) => 3 + ((7 * i + 13 * j) % 290))],
  }));
  const together = generate(model, prompts, sampled);

  test('alone, in a batch of 115, in smaller batches and in another order', async () => {
    const all = tokens(await together);
    assert.deepEqual(tokens(await generate(model, prompts, { ...sampled, batchSize: 16 })), all);
    const reversed = await generate(model, prompts.toReversed(), sampled);
    assert.deepEqual(tokens(reversed).toReversed(), all);
    for (const i of [0, 41, 114])
      assert.deepEqual(tokens(await generate(model, [prompts[i]!], sampled)), [all[i]]);
  });

  test('the prompts of some batches make up these batches again, and each may be known already', async () => {
    const batchSize = 16;
    const batches = generationBatches(prompts, batchSize);
    assert.deepEqual(
      batches.flat().toSorted((a, b) => a - b),
      [...prompts.keys()],
    );
    const all = tokens(await together);
    for (const own of [
      [0, 3, 6],
      [1, 7],
      [2, 4, 5],
    ]) {
      const indices = own.flatMap((batch) => batches[batch]!);
      const some = indices.map((index) => prompts[index]!);
      assert.deepEqual(
        generationBatches(some, batchSize).map((batch) => batch.map((i) => indices[i]!)),
        own.map((batch) => batches[batch]!),
      );
      const done: number[] = [];
      const eachBatch = async (batch: number, complete: () => Promise<Completion[]>) => {
        done.push(batch);
        if (batch > 0) return complete();
        return batches[own[0]!]!.map((i) => ({ ids: all[i]!, ended: false }));
      };
      const found = await generate(model, some, { ...sampled, batchSize, eachBatch });
      assert.deepEqual(
        tokens(found),
        indices.map((index) => all[index]!),
      );
      assert.deepEqual(done, [...own.keys()]);
    }
  });

  test('another seed or key draws other noise; the same ones the same', async () => {
    const some = prompts.slice(0, 8);
    const first = tokens(await generate(model, some, sampled));
    assert.deepEqual(tokens(await generate(model, some, sampled)), first);
    assert.notDeepEqual(tokens(await generate(model, some, { ...sampled, seed: 4 })), first);
    const renamed = some.map((prompt) => ({ ...prompt, key: `${prompt.key}b` }));
    assert.notDeepEqual(tokens(await generate(model, renamed, sampled)), first);
  });

  test('a stop token ends a completion and nothing else of it changes', async () => {
    const free = tokens(await together);
    const stop = free[0]![5]!;
    const stopped = await generate(model, prompts, { ...sampled, stopIds: [stop] });
    stopped.forEach(({ ids, ended }, i) => {
      const at = free[i]!.indexOf(stop);
      assert.equal(ended, at >= 0);
      assert.deepEqual(ids, at < 0 ? free[i] : free[i]!.slice(0, at + 1));
    });
  });

  test('equal prompts, which are read once, have their own noise', async () => {
    const same = Array.from({ length: 12 }, (_, i) => ({ ...prompts[i % 2]!, key: `same ${i}` }));
    const found = tokens(await generate(model, same, sampled));
    assert.ok(new Set(found.map((ids) => ids.join())).size > 6);
    for (const i of [0, 1, 11])
      assert.deepEqual(tokens(await generate(model, [same[i]!], sampled)), [found[i]]);
  });

  test('a nucleus wider than what sampling looks at first is sampled whole', async () => {
    const { dVocab } = model.dims;
    const same = Array.from({ length: dVocab }, (_, i) => ({ ...prompts[5]!, key: `wide ${i}` }));
    const flat = { ...sampled, temperature: 1e6, topP: 0.999, maxNewTokens: 1, batchSize: dVocab };
    const distinct = new Set(tokens(await generate(model, same, flat)).flat()).size;
    // Of n uniform draws from n tokens, 1 − 1/e are distinct; of the 64 likeliest tokens alone, at most 64.
    assert.ok(Math.abs(distinct / dVocab - (1 - 1 / Math.E)) < 0.1, `${distinct} of ${dVocab}`);
  });

  test('progress counts every completion once', async () => {
    const counts: number[] = [];
    await generate(model, prompts.slice(0, 10), {
      ...sampled,
      batchSize: 4,
      onProgress: (done) => counts.push(done),
    });
    assert.equal(counts.at(-1), 10);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
  });
});

test('logits that are not finite stop the run and name the sample', async () => {
  const model = loadModel(join(openGolden('config_A').dir, 'model'));
  const broken: Model = {
    ...model,
    load: (graph: Graph) => {
      const weights = model.load(graph);
      const nan = graph.scalar(Number.NaN, 'float32');
      const vector = (name: string) => (name === 'model.norm.weight' ? nan : weights.vector(name));
      return { ...weights, vector };
    },
  };
  await assert.rejects(
    generate(broken, [{ key: 'colors_short', prompt: [2, 5] }], {
      ...OPTIONS,
      ...GREEDY,
      maxNewTokens: 2,
    }),
    /^Error: sample colors_short: logits after 0 tokens are not finite: /,
  );
});
