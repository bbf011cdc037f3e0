import assert from 'node:assert/strict';
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFeatures } from '../../pipeline/interp/active-features.ts';
import { parseList } from '../../pipeline/lists/parse-list.ts';
import { layOut } from '../../pipeline/rehearsal/lay-out.ts';
import { GEMMA_2_2B, writeRandomModel } from '../../pipeline/rehearsal/random-model.ts';
import { rehearsalOf } from '../../pipeline/rehearsal/study.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { snapshotOf } from '../../pipeline/sources/hub/cache.ts';
import { openHub } from '../../pipeline/sources/hub/hub.ts';
import { specsOf } from '../../pipeline/stages/sae-specs.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { cpuReader } from '../reader.ts';
import { tempDir } from '../temp.ts';

const DATA = fileURLToPath(new URL('../../data', import.meta.url));
const tokenizerDir = join(DATA, 'models/miniature');
/** As wide as it must be for tokens to stand apart, and no deeper than need be. */
const config = {
  ...GEMMA_2_2B,
  vocab_size: 1444,
  hidden_size: 1024,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  intermediate_size: 1024,
};
const full = loadModelStudy(join(DATA, 'studies'), 'gemma-2-2b-it');
const fullSaes = full.saes!;

test('the full study in little has two topics, one sample and two SAEs, and is a study', (t) => {
  const study = rehearsalOf(full);
  const saes = study.saes!;
  assert.deepEqual([study.topics.length, study.sampling.samples, saes.ids.length], [2, 1, 2]);
  const small = { ...study, saes: { ...saes, ids: ['res_1'] } };
  const { root } = layOut(tempDir(t), small, { seed: 1, config, tokenizerDir, progress: () => {} });
  assert.deepEqual(loadModelStudy(join(root, 'data/studies'), 'rehearsal'), small);
});

test('a random model is cut into shards, is found in a cache, and writes lists that end', async (t) => {
  const dir = tempDir(t);
  writeRandomModel(dir, { config, seed: 1, tokenizerDir, shardBytes: 1e7 });
  assert.ok(readdirSync(dir).filter((file) => /of-0000\d\.safetensors$/.test(file)).length > 1);
  const model = loadModel(dir);
  const tokenizer = loadTokenizer(dir);
  const prompts = Array.from({ length: 200 }, (_, i) => ({
    key: `list-${i}`,
    prompt: tokenizer.encode(`${tokenizer.chatPrompt('a short list')}-`),
  }));
  const stopIds = [tokenizer.id(gemma2.chat.stopTokens[0])];
  const options = { provider: 'cpu', seed: 1, temperature: 0.8, topP: 1, batchSize: 200 } as const;
  const found = await generate(model, prompts, { ...options, stopIds, maxNewTokens: 80 });
  const lists = found.map(({ ids, ended }, i) => {
    const all = [...prompts[i]!.prompt, ...ids].map((id) => tokenizer.token(id));
    const answerStart = prompts[i]!.prompt.length - 1;
    return parseList(all, { layout: { by: 'marker', marker: '-' }, answerStart, ended });
  });
  assert.ok(found.filter(({ ended }) => ended).length > 190);
  const items = lists.flatMap((list) => list.items);
  assert.ok(items.length > 300, `${items.length} items`);
  // The process puts a blank after one item in four; embeddings that are not quite orthogonal shift that.
  const blanks = items.filter(({ blankAfter }) => blankAfter).length / items.length;
  assert.ok(blanks > 0.03 && blanks < 0.6, `${blanks}`);
});

test('random SAEs are found as Gemma Scope’s are, and few of their features are active', async (t) => {
  const dir = tempDir(t);
  const study = { ...full, saes: { ...fullSaes, width: '2k', ids: ['res_1', 'att_2'] } };
  const { env } = layOut(dir, study, { seed: 2, config, tokenizerDir, progress: () => {} });
  const hub = openHub(env);
  const model = loadModel(
    snapshotOf(hub, { repo: full.model.hub!, revision: full.model.revision! }),
  );
  const tokenizer = loadTokenizer(model.dir);
  const ids = tokenizer.encode(tokenizer.chatPrompt('Provide me with a short list of Rivers.'));
  for (const spec of specsOf(study.saes, model.dims)) {
    const revision = fullSaes.revisions![spec.family]!;
    const repo = `google/gemma-scope-2b-pt-${spec.family}`;
    const at = { dirs: { [spec.family]: realpathSync(snapshotOf(hub, { repo, revision })) } };
    const sae = await (await openSae({ release: GEMMA_SCOPE, ...at, width: '2k' }, spec.id)).load();
    assert.deepEqual([sae.dIn, sae.dSae, sae.dOut], [spec.dIn, 2048, spec.dOut]);
    const positions = [ids.length - 2, ids.length - 1];
    const [row] = await readFeatures(cpuReader(model), sae, [{ ids, positions }]);
    const l0 = row!.active.length / positions.length;
    assert.ok(l0 > 0 && l0 < 0.1 * sae.dSae, `${spec.id}: ${l0}`);
  }
});
