import { type Metadata, REMEDY } from './metadata.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';
import { type Vocabulary, vocabularyObject } from './vocabulary.ts';

/**
 * GPT-2's kind of tokenizer: a text is split by regular expressions, each piece written as one stand-in character a
 * byte, and neighbours are joined by the rank of their merge.
 * @throws where the pre-tokenizer is not known, or a merge makes no token
 */
export function byteLevelBpe(metadata: Metadata, vocabulary: Vocabulary): TokenizerParts {
  metadata.expect('tokenizer.ggml.add_space_prefix', false);
  const { splits, normalizer, ignoresMerges, addsBos } = preTokenizer(metadata);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return {
    normalizer,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [...splits.map(isolated), { ...byteLevel, use_regex: false }],
    },
    model: {
      type: 'BPE',
      unk_token: null,
      byte_fallback: false,
      fuse_unk: false,
      ignore_merges: ignoresMerges,
      vocab: vocabularyObject(vocabulary),
      merges: readMerges(metadata, vocabulary),
    },
    decoder: { ...byteLevel, use_regex: true },
    addsBos,
  };
}

/** What a text is split by before anything is joined. */
interface PreTokenizer {
  /** Each match is a piece, and so is what lies between two; the pieces of one are split by the next. */
  readonly splits: readonly string[];
  readonly normalizer: object | null;
  /** Whether a piece that is a token as a whole is taken as it is. */
  readonly ignoresMerges: boolean;
  readonly addsBos: boolean;
}

const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** GPT-4's, with so many digits at most in a piece. */
const gpt4 = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const PLAIN = { normalizer: null, ignoresMerges: false, addsBos: false };

/**
 * By the name that a file gives. Source: the `tokenizer.json` of the models that the names stand for; llama.cpp has the
 * same patterns (src/llama-vocab.cpp), but leaves out the normalisation that Qwen's tokenizers begin with.
 */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  'gpt-2': { ...PLAIN, splits: [GPT2] },
  smollm: { ...PLAIN, splits: ['\\p{N}', GPT2] },
  qwen2: { ...PLAIN, splits: [gpt4('')], normalizer: { type: 'NFC' } },
  'llama-bpe': { ...PLAIN, splits: [gpt4('{1,3}')], ignoresMerges: true, addsBos: true },
};

function preTokenizer(metadata: Metadata): PreTokenizer {
  const key = 'tokenizer.ggml.pre';
  const name = metadata.text(key);
  const known = Object.hasOwn(PRE_TOKENIZERS, name) ? PRE_TOKENIZERS[name] : undefined;
  if (known) return known;
  const names = Object.keys(PRE_TOKENIZERS).join(', ');
  throw new Error(`${metadata.path}: ${key} is ${name}: use a model with one of ${names}`);
}

const isolated = (regex: string) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});

function readMerges(metadata: Metadata, { ids }: Vocabulary): [string, string][] {
  const key = 'tokenizer.ggml.merges';
  return metadata.texts(key).map((merge, rank) => {
    const [left, right, ...rest] = merge.split(' ');
    if (left && right && rest.length === 0 && ids.has(left + right)) return [left, right];
    throw new Error(
      `${metadata.path}: ${key}: number ${rank}, ${JSON.stringify(merge)}, makes no token: ${REMEDY}`,
    );
  });
}
