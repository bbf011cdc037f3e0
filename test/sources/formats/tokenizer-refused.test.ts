import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tokenizerContent } from '../../../pipeline/sources/formats/tokenizer.ts';
import { tempDir } from '../../temp.ts';
import { added, BPE, BYTE_LEVEL, BYTES, model, testRefused } from './small-tokenizer.ts';

const MINIATURE = fileURLToPath(new URL('../../../data/models/miniature', import.meta.url));
const unigram = JSON.parse(readFileSync(join(MINIATURE, 'tokenizer.json'), 'utf8'));

suite('files, models, added tokens and configs that are refused', () => {
  testRefused({
    'an empty file': ['', /tokenizer\.json: not JSON, it is empty/],
    'a list': [[], /tokenizer\.json: a list, where an object is expected/],
    nothing: [null, /tokenizer\.json: null, where an object is expected/],
    'a token twice': [
      '{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}}}',
      /tokenizer\.json: the key "a" stands twice/,
    ],
    'a field that is not known': [{ ...BPE, byte_limit: 3 }, /byte_limit: unknown field/],
    'another kind of model': [model({ type: 'WordLevel' }), /model\.type: "WordLevel", not BPE or/],
    'a kind from JavaScript': [model({ type: '__proto__' }), /model\.type: "__proto__", not/],
    'a field of the model': [model({ alpha: 0.1 }), /model\.alpha: unknown field/],
    'merges that are left out at random': [model({ dropout: 0.1 }), /model\.dropout: 0\.1, which/],
    'prefixes of parts of words': [
      model({ continuing_subword_prefix: '##' }),
      /model\.continuing_subword_prefix: "##", which is not read/,
    ],
    'two tokens of one id': [
      model({ vocab: { a: 0, b: 1, ab: 1 } }),
      /model\.vocab: "b" and "ab" both have the id 1/,
    ],
    'an id that is negative': [model({ vocab: { a: -1 } }), /model\.vocab: "a" has the id -1/],
    'an id that is no integer': [model({ vocab: { a: 0.5 } }), /"a" has the id 0\.5/],
    'an id far away': [model({ vocab: { a: 2e9 } }), /"a" has the id 2000000000, of 1/],
    'a table that is a list': [model({ vocab: ['a'] }), /model\.vocab: \[ 'a' \], not an object/],
    'a merge that makes no token': [
      model({ merges: ['b a'] }),
      /model\.merges: number 0, "b a", makes no token/,
    ],
    'a merge of three': [model({ merges: ['a b c'] }), /number 0, "a b c", makes no token/],
    'merges that are an object': [model({ merges: {} }), /model\.merges: \{\}, not a list/],
    'added tokens that are an object': [{ ...BPE, added_tokens: {} }, /added_tokens: \{\}, not a/],
    'an added token that is nothing': [
      added(null as never),
      /added_tokens\.0: null, not an object/,
    ],
    'an added token of another id in the table': [
      added({ id: 5, content: 'ab' }),
      /added_tokens: "ab" has the id 5, and elsewhere 2/,
    ],
    'an added token of an id that the table has': [
      added({ id: 2, content: '<bos>' }),
      /added_tokens: "<bos>" and "ab" both have the id 2/,
    ],
    'two added tokens of one id': [
      added({ id: 3, content: '<bos>' }, { id: 3, content: '<eos>' }),
      /added_tokens: "<eos>" and "<bos>" both have the id 3/,
    ],
    'an added token twice': [
      added({ id: 3, content: '<bos>' }, { id: 4, content: '<bos>' }),
      /added_tokens: "<bos>" has the id 4, and elsewhere 3/,
    ],
    'an added token far away': [
      added({ id: 2e9, content: '<bos>' }),
      /added_tokens: "<bos>" has the id 2000000000, of 3/,
    ],
    'an added token without a text': [added({ id: 3 }), /added_tokens\.0\.content: undefined, not/],
    'an added token of nothing': [added({ id: 3, content: '' }), /added_tokens\.0\.content: ""/],
    'an added token of whole words': [
      added({ id: 3, content: '<bos>', single_word: true }),
      /added_tokens\.0\.single_word: true, which is not read/,
    ],
    'a field of an added token': [
      added({ id: 3, content: '<bos>', weight: 2 }),
      /added_tokens\.0\.weight: unknown field/,
    ],
    'another version': [{ ...BPE, version: '2.0' }, /version: "2\.0", and only "1\.0" is read/],
    'an end of words': [
      model({ end_of_word_suffix: '</w>' }),
      /model\.end_of_word_suffix: "<\/w>", which is not read/,
    ],
    'a flag that is a text': [
      model({ byte_fallback: 'false' }),
      /model\.byte_fallback: "false", not true or false/,
    ],
    'a flag that is a number': [model({ fuse_unk: 1 }), /model\.fuse_unk: 1, not true or false/],
    'a flag of an added token that is a text': [
      added({ id: 3, content: '<bos>', lstrip: 'false' }),
      /added_tokens\.0\.lstrip: "false", not true or false/,
    ],
    'a merge of parts that are no tokens': [
      model({ vocab: { a: 0, b: 1, ab: 2, abb: 3, aabb: 4 }, merges: [['aa', 'bb']] }),
      /number 0, \[ 'aa', 'bb' \], makes no token/,
    ],
    'bytes without tokens, and nothing for unknown characters': [
      model({ unk_token: null, byte_fallback: true }),
      /model\.vocab: no token <0x00>, and no unk_token: some characters would be lost/,
    ],
    'a decoder of bytes for texts that are not split into bytes': [
      { ...model({ unk_token: null }), decoder: BYTE_LEVEL },
      /model\.unk_token: null, so that a character without a token would be lost/,
    ],
    'a score that is none': [
      { ...unigram, model: { ...unigram.model, vocab: [['a', null]] } },
      /model\.vocab: number 0, \[ 'a', null \], is no token with its score/,
    ],
    'an unknown token outside the table': [
      { ...unigram, model: { ...unigram.model, unk_id: 1e6 } },
      /model\.unk_id: 1000000, and there are/,
    ],
    'nothing for unknown characters': [
      model({ unk_token: null }),
      /model\.unk_token: null, so that a character without a token would be lost/,
    ],
    'an unknown token that is none': [
      model({ unk_token: '<unk>' }),
      /model\.unk_token: "<unk>", which is no token/,
    ],
    'bytes for what is unknown': [
      { ...unigram, model: { ...unigram.model, byte_fallback: true } },
      /model\.byte_fallback: true, which is not read of Unigram/,
    ],
    'a config that is a list': [BPE, /tokenizer_config\.json: a list, where an object/, []],
    'a config with a key twice': [
      BPE,
      /tokenizer_config\.json: the key "bos_token" stands twice/,
      '{"bos_token": "a", "bos_token": "b"}',
    ],
    'a config in UTF-16': [
      BPE,
      /tokenizer_config\.json: not (JSON|UTF-8)/,
      Buffer.from('{}', 'utf16le').toString(),
    ],
    'a field of the config': [BPE, /tokenizer_config\.json: rot13: unknown field/, { rot13: true }],
    'special tokens that are split': [
      BPE,
      /tokenizer_config\.json: split_special_tokens: true, and only false is read/,
      { split_special_tokens: true },
    ],
    'a space before texts in one file alone': [
      BYTES,
      /tokenizer_config\.json: add_prefix_space: true, and tokenizer\.json has false/,
      { add_prefix_space: true },
    ],
  });

  test('a folder in place of a file', (t) => {
    const dir = tempDir(t);
    mkdirSync(join(dir, 'tokenizer.json'));
    const message = new RegExp(`^${join(dir, 'tokenizer.json')}: a folder, where a file is`);
    assert.throws(() => tokenizerContent(dir), { message });
  });
});
