import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { explanationsResource } from '../../pipeline/resources/explanations.ts';
import { checkConfig } from '../../pipeline/sae/releases/gemma-scope-2-config.ts';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import type { SaeSpec } from '../../pipeline/sae/sae.ts';
import { readForeignJson } from '../../pipeline/schema/foreign-file.ts';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { readTexts } from '../../pipeline/sources/released/read.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../models/small-models.ts';
import { PROVENANCE } from '../provenance.ts';
import { tempDir } from '../temp.ts';
import { assertReads } from './assert-reads.ts';
import { type JsonMutation, jsonMutations, mutatedJson } from './json-mutations.ts';
import { runs } from './runs.ts';

const CASES = join(import.meta.dirname, '../cases');

/** A valid file of JSON, of which mutations are read. */
interface Target {
  readonly file: string;
  readonly content: string;
  /** Read everything of the folder. */
  readonly read: (dir: string) => unknown;
  /** Other files of the folder. */
  readonly others?: (dir: string) => void;
}

const BPE = JSON.stringify({
  version: '1.0',
  added_tokens: [{ id: 4, content: '<bos>', special: true, normalized: false }],
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  pre_tokenizer: { type: 'Split', pattern: { Regex: '\\p{L}+' }, behavior: 'Isolated' },
  post_processor: null,
  decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
  model: { type: 'BPE', unk_token: '?', vocab: { a: 0, b: 1, ab: 2, '?': 3 }, merges: ['a b'] },
});
const CONFIG = JSON.stringify({
  bos_token: { content: '<bos>' },
  added_tokens_decoder: { 4: { content: '<bos>' } },
  chat_template: [{ name: 'default', template: "{{ bos_token + messages[0]['content'] }}" }],
});

function useTokenizer(dir: string): void {
  const { encode, decode, chatPrompt } = loadTokenizer(dir);
  decode(encode(chatPrompt('ab c')));
}

/** The config of a small model, beside its weights. */
const configOf = (family: keyof typeof SMALL): Target => ({
  file: 'config.json',
  content: JSON.stringify(SMALL[family]),
  read: loadModel,
  others: (dir) => writeSmall(dir, {}, smallTensors(SMALL[family])),
});

/** The config of an SAE of SAELens, beside its weights. */
function saeLens(name: string): Target {
  const from = join(import.meta.dirname, '../golden/saelens', name);
  return {
    file: 'cfg.json',
    content: readFileSync(join(from, 'cfg.json'), 'utf8'),
    read: async (dir) => (await openSaeLens(dir)).load(),
    others: (dir) => cpSync(from, dir, { recursive: true }),
  };
}

const SAE: SaeSpec = {
  id: 'tc_2',
  family: 'tc',
  layer: 2,
  hook: '',
  outputHook: '',
  dIn: 4,
  dSae: 6,
  dOut: 4,
};

const TARGETS: Readonly<Record<string, Target>> = {
  'the config of a Llama': configOf('llama'),
  'the config of a Qwen 3': configOf('qwen3'),
  'the config of a Mistral': configOf('mistral'),
  'the config of a Gemma 3': configOf('gemma3_text'),
  'a model': {
    file: 'config.json',
    content: readFileSync(join(CASES, 'models/rope-parameters/config.json'), 'utf8'),
    read: loadModel,
    others: (dir) => cpSync(join(CASES, 'models/rope-parameters'), dir, { recursive: true }),
  },
  'a tokenizer': {
    file: 'tokenizer.json',
    content: BPE,
    read: useTokenizer,
    others: (dir) => writeFileSync(join(dir, 'tokenizer_config.json'), CONFIG),
  },
  'the config of a tokenizer': {
    file: 'tokenizer_config.json',
    content: CONFIG,
    read: useTokenizer,
    others: (dir) => writeFileSync(join(dir, 'tokenizer.json'), BPE),
  },
  'the config of an SAE': {
    file: 'config.json',
    content: JSON.stringify({ architecture: 'jump_relu', width: 6, l0: 5, type: 'transcoder' }),
    read: (dir) => {
      const path = join(dir, 'config.json');
      checkConfig(readForeignJson({ path, remedy: 'fetch it again' }), path, SAE);
    },
  },
  'the config of an SAE of SAELens': saeLens('topk'),
  'the config of an old SAE of SAELens': saeLens('topk_4'),
  'the config of a transcoder of SAELens': saeLens('jumprelu_skip_transcoder'),
  'a manifest': {
    file: 'manifest.json',
    content: JSON.stringify({ ...PROVENANCE, files: {}, stages: {} }),
    read: (dir) => readManifest(dir),
  },
  'explanations of features': {
    file: 'res_1.json',
    content: '{"0": "lists", "7": "the end"}',
    read: async (dir) => (await explanationsResource(dir, ['res_1']).open()).forSae('res_1'),
  },
  'released texts': {
    file: 'x.json',
    content: '{"Trees": {"0": ["- Oak"], "1": "- Elm"}}',
    read: (dir) => readTexts(join(dir, 'x.json')),
  },
};

function attempt(dir: string, { file, content, read }: Target, changes: readonly JsonMutation[]) {
  const text = mutatedJson(content, changes);
  writeFileSync(join(dir, file), text);
  return assertReads({ dir, size: text.length, read: () => read(dir) });
}

for (const [name, target] of Object.entries(TARGETS))
  test(`changed values are read, or refused in one line that names the file: ${name}`, async (t) => {
    const dir = folderOf(t, target);
    assert.ok(await attempt(dir, target, []), 'the file itself is read');
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(jsonMutations, async (changes) => {
        refused += Number(!(await attempt(dir, target, changes)));
      }),
      runs(),
    );
    assert.ok(refused > 0, 'some changes matter');
    t.diagnostic(`${refused} refused`);
  });

function folderOf(t: TestContext, { others }: Target): string {
  const dir = tempDir(t);
  others?.(dir);
  return dir;
}
