import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadTokenizer } from '../../../pipeline/sources/formats/tokenizer.ts';
import { added, BPE, BYTES, model, SPLIT, tokenizerFolder } from './small-tokenizer.ts';

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
      const { encode } = loadTokenizer(tokenizerFolder(t, description, config));
      assert.deepEqual(encode('<bos>a'), [3, 0]);
      assert.deepEqual(encode('ab').length, 1);
    });
});
