import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTokenizer } from '../../../pipeline/sources/formats/create-tokenizer.ts';

const VOCABULARY = {
  a: 0,
  b: 1,
  '²': 2,
  '³': 3,
  '²³': 4,
  Ⅳ: 5,
  '1': 6,
  a1: 7,
  '1²': 8,
  $: 9,
  '&': 10,
};
const MERGES = [
  ['²', '³'],
  ['a', '1'],
  ['1', '²'],
];
const digits = (individual_digits: boolean) => ({ type: 'Digits', individual_digits });

/** Parts of a tokenizer, and the ids that Hugging Face's tokenizers 0.23.3 give for `a²³a1Ⅳ1²³` with them. */
const REFERENCE: Readonly<Record<string, readonly [object, readonly number[]]>> = {
  'numbers of Unicode, each for itself': [
    { pre_tokenizer: digits(true) },
    [0, 2, 3, 0, 6, 5, 6, 2, 3],
  ],
  'runs of numbers of Unicode': [{ pre_tokenizer: digits(false) }, [0, 4, 0, 6, 5, 6, 4]],
  'numbers in a sequence': [
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [digits(true)] } },
    [0, 2, 3, 0, 6, 5, 6, 2, 3],
  ],
  'a replacement with a dollar': [
    {
      normalizer: {
        type: 'Sequence',
        normalizers: [{ type: 'Replace', pattern: { String: '³' }, content: '$&' }],
      },
    },
    [0, 2, 9, 10, 7, 5, 8, 9, 10],
  ],
};

suite('what the library would do otherwise is as in the reference', () => {
  for (const [name, [parts, expected]] of Object.entries(REFERENCE))
    test(name, () => {
      const tokenizer = createTokenizer({
        dir: '/model',
        description: {
          version: '1.0',
          added_tokens: [],
          normalizer: null,
          pre_tokenizer: null,
          post_processor: null,
          decoder: null,
          model: { type: 'BPE', unk_token: 'b', vocab: VOCABULARY, merges: MERGES },
          ...parts,
        },
        config: {},
        templateFile: () => null,
        map: () => ({}),
      });
      assert.deepEqual(tokenizer.encode('a²³a1Ⅳ1²³'), expected);
    });
});
