import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { GgufFile, MetadataValue } from '../../../../pipeline/sources/formats/gguf/header.ts';
import { metadataOf } from '../../../../pipeline/sources/formats/gguf/metadata.ts';
import { openGguf } from '../../../../pipeline/sources/formats/gguf/open.ts';
import { readTokenizer } from '../../../../pipeline/sources/formats/gguf/tokenizer.ts';
import { loadTokenizer, type Tokenizer } from '../../../../pipeline/sources/formats/tokenizer.ts';
import { keyedRandom } from '../../../../pipeline/stats/random.ts';
import { realGoldens } from '../../../golden.ts';
import { tempDir } from '../../../temp.ts';
import { SMOLLM2, weightsFile } from '../../../weights.ts';
import { goldenGguf } from './write-gguf.ts';

/** A file's tokenizer as it is loaded from the folder that it is unpacked into. */
function tokenizerOf(t: TestContext, file: GgufFile): Tokenizer {
  const dir = tempDir(t);
  const { tokenizer, config } = readTokenizer(metadataOf(file));
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config));
  return loadTokenizer(dir);
}

type Changes = Readonly<Record<string, MetadataValue | undefined>>;

/** A golden file with some keys of its tokenizer set, or taken out. */
function changed(name: string, changes: Changes): GgufFile {
  const file = openGguf(goldenGguf(name));
  const metadata = new Map(file.metadata);
  for (const [key, value] of Object.entries(changes))
    if (value === undefined) metadata.delete(`tokenizer.${key}`);
    else metadata.set(`tokenizer.${key}`, value);
  return { ...file, metadata };
}

const LLAMA = 'llama_A_q8_0.gguf';
const GEMMA = 'gemma3_A_q8_0.gguf';

const texts = (name: string, key: string): string[] => [
  ...(openGguf(goldenGguf(name)).metadata.get(`tokenizer.ggml.${key}`) as string[]),
];

test('bytes, merges, digits one by one, and special tokens cut out first', (t) => {
  const tokenizer = tokenizerOf(t, changed(LLAMA, {}));
  const tokens = texts(LLAMA, 'tokens');
  const spelled = (text: string) => tokenizer.encode(text).map((id) => tokens[id]);
  assert.deepEqual(spelled(' the'), ['Ġthe']);
  assert.deepEqual(spelled('a 12'), ['a', 'Ġ', '1', '2']);
  assert.deepEqual(spelled('<|im_start|>é\n<|im_end|>'), [
    '<|im_start|>',
    'Ã',
    '©',
    'Ċ',
    '<|im_end|>',
  ]);
  for (const text of [' and the 12 dogs,\n\n- naïve 列表 🍎\t', ' '])
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  assert.equal(tokenizer.vocabSize, 320);
});

test('a byte without a token is refused, not left out of the text', (t) => {
  const tokens = texts(LLAMA, 'tokens').map((token) => (token === 'é' ? '<none>' : token));
  const tokenizer = tokenizerOf(t, changed(LLAMA, { 'ggml.tokens': tokens }));
  assert.throws(() => tokenizer.encode('還'), /^Error: tokenizer lacks a token for the byte 233 /);
  assert.equal(tokenizer.decode(tokenizer.encode('<none> é')), '<none> é');
});

test('pre-tokenizers by name split digits as they should', (t) => {
  const merges = ['1 2', '12 3', '123 4'];
  const tokens = texts(LLAMA, 'tokens');
  for (const [i, token] of ['12', '123', '1234'].entries()) tokens[316 + i] = token;
  const pieces = (pre: string) => {
    const file = changed(LLAMA, {
      'ggml.pre': pre,
      'ggml.tokens': tokens,
      'ggml.merges': merges,
    });
    return tokenizerOf(t, file)
      .encode('1234')
      .map((id) => tokens[id]);
  };
  assert.deepEqual(pieces('gpt-2'), ['1234']);
  assert.deepEqual(pieces('smollm'), ['1', '2', '3', '4']);
  assert.deepEqual(pieces('qwen2'), ['1', '2', '3', '4']);
  assert.deepEqual(pieces('llama-bpe'), ['123', '4']);
});

test('scores join neighbours as SentencePiece does', (t) => {
  const file = changed(GEMMA, {});
  const tokenizer = tokenizerOf(t, file);
  const expected = plainSentencePiece(file);
  const random = keyedRandom(7, 'texts');
  const tokens = texts(GEMMA, 'tokens').slice(262);
  const parts = [
    ...tokens.map((token) => token.replaceAll('▁', ' ')),
    '列',
    '🍎',
    '<bos>',
    '<',
    '\n',
  ];
  for (let i = 0; i < 2000; i++) {
    const length = 1 + Math.floor(random() * 12);
    const text = Array.from({ length }, () => parts[Math.floor(random() * parts.length)]!).join('');
    assert.deepEqual(tokenizer.encode(text), expected(text), JSON.stringify(text));
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  }
});

test('<bos> stands first where the file says so', () => {
  const { tokenizer, config } = readTokenizer(metadataOf(changed(GEMMA, {})));
  assert.equal(config.add_bos_token, true);
  assert.equal(config.bos_token, '<bos>');
  assert.deepEqual(Object(tokenizer.post_processor).special_tokens['<bos>'].ids, [2]);
  const without = readTokenizer(metadataOf(changed(LLAMA, {})));
  assert.equal(without.tokenizer.post_processor, null);
  assert.equal(without.config.chat_template, undefined);
});

test('the chat template is the file’s', (t) => {
  const template = '{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}';
  const file = changed(LLAMA, { chat_template: template });
  assert.equal(
    tokenizerOf(t, file).chatPrompt('hello', 'be brief'),
    'system: be brief;user: hello;',
  );
});

const scores = openGguf(goldenGguf(GEMMA)).metadata.get('tokenizer.ggml.scores') as number[];

const REFUSED: Record<string, { name: string; changes: Changes; error: RegExp }> = {
  'another kind': {
    name: LLAMA,
    changes: { 'ggml.model': 'bert' },
    error: /tokenizer\.ggml\.model is bert: use a model with a tokenizer of gpt2, llama$/,
  },
  'a pre-tokenizer that is not known': {
    name: LLAMA,
    changes: { 'ggml.pre': 'default' },
    error: /tokenizer\.ggml\.pre is default: use a model with one of gpt-2, smollm, /,
  },
  'no pre-tokenizer': {
    name: LLAMA,
    changes: { 'ggml.pre': undefined },
    error: /no key tokenizer\.ggml\.pre: /,
  },
  'a merge that makes no token': {
    name: LLAMA,
    changes: { 'ggml.merges': ['q z'] },
    error: /tokenizer\.ggml\.merges: number 0, "q z", makes no token/,
  },
  'a token twice': {
    name: LLAMA,
    changes: {
      'ggml.tokens': texts(LLAMA, 'tokens').map((text, id) => (id === 9 ? '<pad>' : text)),
    },
    error: /tokenizer\.ggml\.tokens: "<pad>" is both 0 and 9/,
  },
  'fewer types than tokens': {
    name: LLAMA,
    changes: { 'ggml.token_type': [1, 1] },
    error: /tokenizer\.ggml\.token_type has 2 values, and there are 320 tokens/,
  },
  'a type of token that is none': {
    name: LLAMA,
    changes: { 'ggml.token_type': texts(LLAMA, 'tokens').map(() => 7) },
    error: /tokenizer\.ggml\.token_type: token 0 has type 7/,
  },
  'an id of no token': {
    name: LLAMA,
    changes: { 'ggml.eos_token_id': 320 },
    error: /tokenizer\.ggml\.eos_token_id is 320, and there are 320/,
  },
  'an end that is added': {
    name: LLAMA,
    changes: { 'ggml.add_eos_token': true },
    error: /tokenizer\.ggml\.add_eos_token is true, and only false is read/,
  },
  'a <bos> that is added and not named': {
    name: GEMMA,
    changes: { 'ggml.bos_token_id': undefined },
    error: /no key tokenizer\.ggml\.bos_token_id/,
  },
  'a space in front': {
    name: GEMMA,
    changes: { 'ggml.add_space_prefix': true },
    error: /tokenizer\.ggml\.add_space_prefix is true, or left out/,
  },
  'a space in front where nothing is said': {
    name: GEMMA,
    changes: { 'ggml.add_space_prefix': undefined },
    error: /tokenizer\.ggml\.add_space_prefix is true, or left out/,
  },
  'fewer scores than tokens': {
    name: GEMMA,
    changes: { 'ggml.scores': [1] },
    error: /tokenizer\.ggml\.scores has 1 values/,
  },
  'equal scores': {
    name: GEMMA,
    changes: { 'ggml.scores': scores.map(() => 0) },
    error: /tokenizer\.ggml\.scores: ".+" and ".+" both have 0/,
  },
  'a byte without a token': {
    name: GEMMA,
    changes: { 'ggml.tokens': texts(GEMMA, 'tokens').map((text) => text.replace('0x0A', 'nl')) },
    error: /tokenizer\.ggml\.tokens: no byte token <0x0A>/,
  },
};

for (const [name, { name: file, changes, error }] of Object.entries(REFUSED))
  test(`refused in one line: ${name}`, () => {
    assert.throws(
      () => readTokenizer(metadataOf(changed(file, changes))),
      (thrown: Error) => {
        assert.match(thrown.message, error);
        assert.ok(thrown.message.startsWith(`${goldenGguf(file)}: `), thrown.message);
        assert.doesNotMatch(thrown.message, /\n/);
        return true;
      },
    );
  });

interface Case {
  readonly text: string;
  readonly ids: readonly number[];
  /** What another implementation gives where it differs: the case is doubtful. */
  readonly ids_transformers_gguf?: readonly number[];
}

for (const { dir, manifest } of realGoldens()) {
  const { path, skip } = weightsFile(manifest.model_file.name);
  test(`${manifest.model_file.name}: the reference's cases`, { skip }, (t) => {
    const tokenizer = tokenizerOf(t, openGguf(path));
    const cases: Case[] = JSON.parse(readFileSync(join(dir, 'tokenizer_cases.json'), 'utf8'));
    assert.ok(cases.length > 0);
    for (const { text, ids, ids_transformers_gguf: others } of cases) {
      assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
      if (others) t.diagnostic(`doubtful, read as llama.cpp does: ${JSON.stringify(text)}`);
    }
  });
}

test("SmolLM2's chat template writes the reference's prompt", SMOLLM2, (t) => {
  const tokenizer = tokenizerOf(t, openGguf(SMOLLM2.path));
  assert.equal(
    tokenizer.chatPrompt('Write a short list of fruits.'),
    '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nWrite a short list of fruits.<|im_end|>\n<|im_start|>assistant\n',
  );
});

/**
 * SentencePiece's rule on the file's own scores: special tokens are cut out, spaces become `▁`, the two neighbours that
 * make the token of the best score are joined until none do, and what is no token is spelled in bytes.
 */
function plainSentencePiece({ metadata }: GgufFile): (text: string) => number[] {
  const get = <T>(key: string) => metadata.get(`tokenizer.ggml.${key}`) as T[];
  const [tokens, types, scores] = [
    get<string>('tokens'),
    get<number>('token_type'),
    get<number>('scores'),
  ];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const special = tokens.filter((_, id) => types[id] === 2 || types[id] === 3);
  const scoreOf = (token: string) => {
    const id = ids.get(token);
    return id !== undefined && types[id] === 1 ? scores[id]! : Number.NEGATIVE_INFINITY;
  };
  const piece = (text: string): number[] => {
    const symbols = Array.from(text.replaceAll(' ', '▁'));
    for (;;) {
      const made = symbols.slice(1).map((next, i) => scoreOf(symbols[i]! + next));
      const best = Math.max(...made);
      if (best === Number.NEGATIVE_INFINITY) break;
      const at = made.indexOf(best);
      symbols.splice(at, 2, symbols[at]! + symbols[at + 1]!);
    }
    return symbols.flatMap((symbol) =>
      ids.has(symbol) ? [ids.get(symbol)!] : Array.from(Buffer.from(symbol), byteId),
    );
  };
  const byteId = (byte: number) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)!;
  const cut = new RegExp(`(${special.join('|')})`);
  return (text) =>
    text.split(cut).flatMap((part) => (special.includes(part) ? [ids.get(part)!] : piece(part)));
}
