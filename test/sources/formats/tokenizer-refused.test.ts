import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, tokenizerContent } from '../../../pipeline/sources/formats/tokenizer.ts';
import { tempDir } from '../../temp.ts';

const MINIATURE = fileURLToPath(new URL('../../../data/models/miniature', import.meta.url));
const unigram = JSON.parse(readFileSync(join(MINIATURE, 'tokenizer.json'), 'utf8'));

/** A small tokenizer of merges: a, b and ab, with one token that is cut out first. */
const BPE = {
  version: '1.0',
  added_tokens: [{ id: 3, content: '<bos>', special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', unk_token: 'b', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] },
};
const SPLIT = { type: 'Split', pattern: { Regex: 'a' }, behavior: 'Isolated' };
const model = (edit: object) => ({ ...BPE, model: { ...BPE.model, ...edit } });
/** The same in stand-ins of bytes. */
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false };
const BYTES = { ...BPE, pre_tokenizer: BYTE_LEVEL, decoder: BYTE_LEVEL };
const metaspace = (fields: object) => ({
  ...BPE,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', split: false, ...fields },
});
const removing = (pattern: object) => ({
  ...BPE,
  pre_tokenizer: { type: 'Split', pattern, behavior: 'Removed', invert: false },
});
const added = (...tokens: readonly object[]) => ({ ...BPE, added_tokens: tokens });

function folder(t: TestContext, description: unknown, config: unknown = {}): string {
  const dir = tempDir(t);
  const text = typeof description === 'string' ? description : JSON.stringify(description);
  writeFileSync(join(dir, 'tokenizer.json'), text);
  writeFileSync(
    join(dir, 'tokenizer_config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
  return dir;
}

suite('accepted, as it changes no text', () => {
  const accepted: Record<string, [object, object?]> = {
    'merges as texts': [BPE],
    'merges as pairs': [model({ merges: [['a', 'b']] })],
    'ids with a gap': [model({ vocab: { a: 0, b: 1, ab: 7 } })],
    'an added token that is in the table, too': [
      model({ vocab: { a: 0, b: 1, ab: 2, '<bos>': 3 } }),
    ],
    'an added token twice alike': [added(BPE.added_tokens[0]!, BPE.added_tokens[0]!)],
    'names from JavaScript': [model({ vocab: { a: 0, b: 1, ab: 2, constructor: 4, toString: 5 } })],
    'truncation and padding': [{ ...BPE, truncation: { max_length: 2 }, padding: {} }],
    'a config of other libraries': [
      BPE,
      { tokenizer_class: 'X', backend: 'tokenizers', image_token: '<i>', model_max_length: 1e30 },
    ],
    'a split that is idle, as of Gemma': [
      {
        ...BPE,
        normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        pre_tokenizer: {
          ...SPLIT,
          pattern: { String: ' ' },
          behavior: 'MergedWithPrevious',
          invert: false,
        },
      },
    ],
    'a space before texts that neither file has': [BYTES, { add_prefix_space: false }],
    'added tokens in both files': [BPE, { added_tokens_decoder: { 3: { content: '<bos>' } } }],
  };
  for (const [name, [description, config]] of Object.entries(accepted))
    test(name, (t) => {
      const { encode } = loadTokenizer(folder(t, description, config));
      assert.deepEqual(encode('<bos>a'), [3, 0]);
      assert.deepEqual(encode('ab').length, 1);
    });
});

suite('refused in one line that names file and field', () => {
  const refused: Record<string, [unknown, RegExp, unknown?]> = {
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
    'a normalizer that is not known': [
      { ...BPE, normalizer: { type: 'Rot13' } },
      /tokenizer\.json: normalizer\.type: "Rot13", not one of Sequence, Replace,/,
    ],
    'a normalizer in a list that is nothing': [
      { ...BPE, normalizer: { type: 'Sequence', normalizers: [null] } },
      /normalizer\.normalizers\.0\.type: undefined, not one of/,
    ],
    'a field of a normalizer': [
      { ...BPE, normalizer: { type: 'NFC', form: 2 } },
      /normalizer\.form: unknown field of NFC/,
    ],
    'a field of JavaScript’s own': [
      { ...BPE, normalizer: { type: 'NFC', constructor: 2 } },
      /normalizer\.constructor: unknown field of NFC/,
    ],
    'a replacement of nothing known': [
      { ...BPE, normalizer: { type: 'Replace', pattern: { Glob: '*' }, content: '' } },
      /normalizer\.pattern: \{ Glob: '\*' \}, which is not read/,
    ],
    'a replacement without a pattern': [
      { ...BPE, normalizer: { type: 'Replace', content: '' } },
      /normalizer\.pattern: missing in Replace/,
    ],
    'a pattern that is none': [
      { ...BPE, pre_tokenizer: { ...SPLIT, pattern: { Regex: '(' } } },
      /tokenizer\.json: not a tokenizer \(.*\): fetch/,
    ],
    'a split that joins': [
      { ...BPE, pre_tokenizer: { ...SPLIT, behavior: 'MergedWithNext' } },
      /pre_tokenizer: a Split that is "MergedWithNext", invert undefined, is not read/,
    ],
    'a split of words and spaces': [
      { ...BPE, pre_tokenizer: { type: 'Metaspace', replacement: '▁', split: true } },
      /pre_tokenizer\.split: true, which is not read/,
    ],
    'a split of words and spaces where nothing is said': [
      metaspace({ split: undefined }),
      /pre_tokenizer\.split: missing in Metaspace/,
    ],
    'two stand-ins of a space': [
      metaspace({ str_rep: '_', prepend_scheme: 'never' }),
      /pre_tokenizer\.str_rep: "_", and replacement is "▁"/,
    ],
    'a stand-in of two characters': [
      metaspace({ replacement: '▁▁' }),
      /pre_tokenizer\.replacement: "▁▁", which is not read/,
    ],
    'a space before texts, and none': [
      metaspace({ add_prefix_space: false }),
      /pre_tokenizer\.add_prefix_space: false, and prepend_scheme is "always"/,
    ],
    'a decoder that takes spaces from tokens': [
      { ...BPE, decoder: { type: 'Metaspace', replacement: '▁' } },
      /decoder\.type: "Metaspace", not one of/,
    ],
    'a decoder that strips two characters': [
      { ...BPE, decoder: { type: 'Strip', content: '  ', start: 1, stop: 0 } },
      /decoder\.content: " {2}", which is not read/,
    ],
    'a text that is removed': [
      removing({ String: ' ' }),
      /pre_tokenizer: a Split that is "Removed" by \{ String: ' ' \} is not read/,
    ],
    'a group that is removed': [
      removing({ Regex: '\\\\(a|b)' }),
      /a Split that is "Removed" by \{ Regex: .* is not read, as it keeps what it removes/,
    ],
    'a pattern of nothing': [
      { ...BPE, normalizer: { type: 'Replace', pattern: { String: '' }, content: 'x' } },
      /normalizer\.pattern: \{ String: '' \}, which is not read/,
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
    'a decoder that is a text': [
      { ...BPE, decoder: 'Fuse' },
      /decoder\.type: undefined, not one of/,
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
    'added tokens that disagree': [
      BPE,
      /added_tokens_decoder\.3: "<eos>", and tokenizer\.json has "<bos>"/,
      { added_tokens_decoder: { 3: { content: '<eos>' } } },
    ],
    'added tokens that one file lacks': [
      BPE,
      /added_tokens_decoder\.4: "<eos>", and tokenizer\.json has undefined/,
      { added_tokens_decoder: { 4: { content: '<eos>' } } },
    ],
  };
  for (const [name, [description, message, config]] of Object.entries(refused))
    test(name, (t) => {
      assert.throws(
        () => loadTokenizer(folder(t, description, config)),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, /^\/[^\n]+: (fetch|mend)[^\n]+$/);
          return true;
        },
      );
    });

  test('a folder in place of a file', (t) => {
    const dir = tempDir(t);
    mkdirSync(join(dir, 'tokenizer.json'));
    const message = new RegExp(`^${join(dir, 'tokenizer.json')}: a folder, where a file is`);
    assert.throws(() => tokenizerContent(dir), { message });
  });
});
