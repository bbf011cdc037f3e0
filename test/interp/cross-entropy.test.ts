import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { crossEntropy } from '../../pipeline/interp/cross-entropy.ts';
import { nextToken } from '../../pipeline/interp/next-token.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { fullestRun, goldenModels, loadGolden, numbers } from '../golden.ts';
import { goldenSequences } from '../golden-sae.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { cpuReader } from '../reader.ts';

const model = loadModel(MINIATURE);
const reader = cpuReader(model);

for (const golden of goldenModels())
  test(`the mean of −ln softmax of the reference logits: ${golden.name}`, async () => {
    const npz = await loadGolden(golden, fullestRun(golden));
    const length = npz.get('input_ids').dims[1]!;
    const [logits, dVocab] = [npz.get('logits').data, npz.get('logits').dims[2]!];
    const sequences = goldenSequences(npz);
    const readings = sequences.map(({ ids }, row) => ({
      prompt: ids.slice(0, row + 1),
      completion: ids.slice(row + 1),
    }));
    const reader = cpuReader(loadModel(join(golden.dir, 'model')));
    const found = await crossEntropy(reader, readings);
    readings.forEach(({ prompt, completion }, row) => {
      const losses = completion.map((token, i) => {
        const at = (row * length + sequences[row]!.pad + prompt.length - 1 + i) * dVocab;
        return -Math.log(softmax(numbers(logits.slice(at, at + dVocab)))[token]!);
      });
      const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
      assert.ok(Math.abs(found[row]! - mean) < 2e-3, `row ${row}: ${found[row]} for ${mean}`);
    });
  });

/** Of very different lengths, the longest first, so that batches are made in another order. */
const readings = ['Blue\n- Red\n- Green\n- White\n- Black \n', 'Red', 'Yellow\n- Pink '].map(
  (answer) => {
    const message = `Provide me with a short list of Colors.`;
    return {
      prompt: tokenizer.encode(`${tokenizer.chatPrompt(message)}-`),
      completion: tokenizer.encode(`${answer}<end_of_turn>`),
    };
  },
);

test('the mean over the completion alone, its stop token included, in the order given', async () => {
  const found = await crossEntropy(reader, readings);
  const sequences = readings.map(({ prompt, completion }) => ({ ids: [...prompt, ...completion] }));
  const rows = await nextToken(reader, sequences, { watch: [0] });
  readings.forEach(({ prompt, completion }, i) => {
    const logProbs = rows[i]!.realised.slice(prompt.length - 1, -1);
    assert.equal(logProbs.length, completion.length);
    const mean = -logProbs.reduce((a, b) => a + b, 0) / completion.length;
    assert.ok(Math.abs(found[i]! - mean) < 1e-5);
  });
});

test('another prompt is another cross-entropy of the same completion', async () => {
  const message = 'Provide me with a short list of Rivers.';
  const rivers = tokenizer.encode(`${tokenizer.chatPrompt(message)}-`);
  const [own, other] = await crossEntropy(reader, [
    readings[0]!,
    { ...readings[0]!, prompt: rivers },
  ]);
  assert.ok(other! > own! + 0.5);
});

test('refused: an empty prompt or completion', async () => {
  await assert.rejects(crossEntropy(reader, [{ prompt: [], completion: [1] }]), {
    message: 'prompt 0 is empty: give at least BOS',
  });
  await assert.rejects(crossEntropy(reader, [readings[0]!, { prompt: [2], completion: [] }]), {
    message: 'completion 1 is empty: give at least its stop token',
  });
});

function softmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const heat = logits.map((x) => Math.exp(x - max));
  const sum = heat.reduce((a, b) => a + b, 0);
  return heat.map((h) => h / sum);
}
