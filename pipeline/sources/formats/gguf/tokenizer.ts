import { byteLevelBpe } from './byte-level-bpe.ts';
import { type Metadata, REMEDY } from './metadata.ts';
import { sentencePiece } from './sentence-piece.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';
import { readVocabulary, type Vocabulary } from './vocabulary.ts';

/** A tokenizer as Hugging Face's two files. */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** tokenizer_config.json */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Build a tokenizer from the tables of a GGUF file, and its chat template.
 * @throws one line that names the file, the key, its value and the remedy: a kind of tokenizer, a pre-tokenizer or a
 *   setting that is not read, or tables that do not fit together
 */
export function readTokenizer(metadata: Metadata): TokenizerFiles {
  const vocabulary = readVocabulary(metadata);
  const { addsBos, ...parts } = kindOf(metadata)(metadata, vocabulary);
  metadata.expect('tokenizer.ggml.add_eos_token', false);
  metadata.expect('tokenizer.ggml.add_sep_token', false);
  const bos = specialToken(metadata, vocabulary, 'bos');
  const beginsWithBos = metadata.flag('tokenizer.ggml.add_bos_token', addsBos);
  if (beginsWithBos && !bos)
    throw new Error(`${metadata.path}: no key tokenizer.ggml.bos_token_id: ${REMEDY}`);
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(vocabulary),
      ...parts,
      post_processor: beginsWithBos && bos ? bosFirst(bos) : null,
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      add_bos_token: beginsWithBos,
      clean_up_tokenization_spaces: false,
      ...tokenField('bos_token', bos),
      ...tokenField('eos_token', specialToken(metadata, vocabulary, 'eos')),
      ...tokenField('unk_token', specialToken(metadata, vocabulary, 'unknown')),
      ...tokenField('pad_token', specialToken(metadata, vocabulary, 'padding')),
      ...(metadata.has(TEMPLATE) && { chat_template: metadata.text(TEMPLATE) }),
    },
  };
}

const TEMPLATE = 'tokenizer.chat_template';

const KINDS: Readonly<
  Record<string, (metadata: Metadata, vocabulary: Vocabulary) => TokenizerParts>
> = { gpt2: byteLevelBpe, llama: sentencePiece };

function kindOf(metadata: Metadata) {
  const key = 'tokenizer.ggml.model';
  const name = metadata.text(key);
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind) return kind;
  const known = Object.keys(KINDS).join(', ');
  throw new Error(`${metadata.path}: ${key} is ${name}: use a model with a tokenizer of ${known}`);
}

interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

function specialToken(
  metadata: Metadata,
  { tokens }: Vocabulary,
  role: string,
): SpecialToken | null {
  const key = `tokenizer.ggml.${role}_token_id`;
  if (!metadata.has(key)) return null;
  const id = metadata.number(key);
  const text = tokens[id];
  if (text !== undefined) return { id, text };
  throw new Error(`${metadata.path}: ${key} is ${id}, and there are ${tokens.length}: ${REMEDY}`);
}

const tokenField = (name: string, token: SpecialToken | null) => token && { [name]: token.text };

/** Cut out of a text before all else, the leftmost and there the longest first, as they are spelled. */
const addedTokens = ({ tokens, kinds }: Vocabulary) =>
  tokens.flatMap((content, id) => {
    const kind = kinds[id];
    if (kind !== 'unknown' && kind !== 'control' && kind !== 'user-defined') return [];
    const special = kind !== 'user-defined';
    const exact = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    return [{ id, content, ...exact, special }];
  });

const bosFirst = ({ id, text }: SpecialToken) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: text, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [
    { SpecialToken: { id: text, type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: text, type_id: 1 } },
    { Sequence: { id: 'B', type_id: 1 } },
  ],
  special_tokens: { [text]: { id: text, ids: [id], tokens: [text] } },
});
