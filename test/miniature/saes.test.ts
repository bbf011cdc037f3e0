import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saeQuality } from '../../pipeline/interp/sae-quality/sae-quality.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { cpuReader } from '../reader.ts';
import { itemTokens, MINIATURE, TOPIC_NAMES, tokenizer, tokens } from './miniature.ts';
import { openSae } from './saes.ts';

const model = loadModel(MINIATURE);

/** A list of each topic, as a short prompt begins it. */
const readings = TOPIC_NAMES.slice(0, 8).map((topic) => {
  const message = `Provide me with a short list of ${topic}. Just provide the names, no need for any other information.`;
  const prompt = tokenizer.encode(`${tokenizer.chatPrompt(message)}-`);
  const items = itemTokens(topic).slice(0, 4);
  const ids = [...prompt, ...items.flatMap((item) => [...item, tokens.newline, tokens.hyphen])];
  return { ids, kinds: ids.map(() => ['any']) };
});

const fvuOf = async (sae: SaeFile) => {
  const [found] = await saeQuality(cpuReader(model, { batchSize: 8 }), [sae], readings);
  return found!.kinds.find(({ kind }) => kind === 'any')!.fvu;
};

/** The same SAE on other tensors. */
const moved = (sae: SaeFile, hooks: Partial<SaeFile>): SaeFile => ({
  ...sae,
  ...hooks,
  load: async () => ({ ...(await sae.load()), ...hooks }),
});

test('each family rebuilds the tensor that it names', async () => {
  for (const id of ['res_2', 'att_2', 'tc_2'])
    assert.ok((await fvuOf(await openSae(id))) < 0.1, id);
});

// On another tensor of the same width an SAE is silently wrong: only its quality shows it.
test('on the tensor beside it, of the same width, it does not', async () => {
  const res = await openSae('res_2');
  const tc = await openSae('tc_2');
  const [mlpOut] = hooksOf(GEMMA_SCOPE, 'mlp', 2);
  assert.ok((await fvuOf(moved(res, { hook: mlpOut, outputHook: mlpOut }))) > 0.5);
  // The MLP's output before its norm, and its input after the norm's weight.
  assert.ok((await fvuOf(moved(tc, { outputHook: 'blocks.2.mlp.output' }))) > 0.5);
  assert.ok((await fvuOf(moved(tc, { hook: 'blocks.2.ln2.output' }))) > 4 * (await fvuOf(tc)));
});
