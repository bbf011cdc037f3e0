import { suite } from 'node:test';
import { BPE, SPLIT, testRefused } from './small-tokenizer.ts';

const metaspace = (fields: object) => ({
  ...BPE,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', split: false, ...fields },
});
const removing = (pattern: object) => ({
  ...BPE,
  pre_tokenizer: { type: 'Split', pattern, behavior: 'Removed', invert: false },
});

suite('normalizers, pre-tokenizers and decoders that are refused', () => {
  testRefused({
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
    'a decoder that is a text': [
      { ...BPE, decoder: 'Fuse' },
      /decoder\.type: undefined, not one of/,
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
  });
});
