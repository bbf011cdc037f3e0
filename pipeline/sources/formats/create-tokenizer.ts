import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { oneLine } from '../../schema/one-line.ts';
import { bytesWithoutToken } from './byte-level.ts';
import { type ChatPrompt, chatTemplate, type TemplateSources } from './chat-template.ts';
import { forLibrary } from './library-description.ts';
import { checkTokenizerConfig } from './tokenizer-config.ts';
import { checkDescription, spellsBytes } from './tokenizer-description.ts';

export interface Tokenizer {
  readonly vocabSize: number;
  /**
   * Token ids of a text. No special token is added; special tokens that the text spells out are encoded as such.
   * @throws if a byte of the text has no token
   */
  encode(text: string): number[];
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string;
  /** The id of a token. @throws if the text is not exactly one token */
  id(token: string): number;
  /** The text of one token, with its leading space. */
  token(id: number): string;
  readonly chatPrompt: ChatPrompt;
}

/** What a tokenizer is made from: the content of a folder in Hugging Face's layout. */
export interface TokenizerSources extends Omit<TemplateSources, 'isToken'> {
  /** The content of `tokenizer.json`. */
  readonly description: Readonly<Record<string, unknown>>;
}

/** @throws one line that names the file and the field: one that is not known, or files that contradict each other */
export function createTokenizer({ description, ...sources }: TokenizerSources): Tokenizer {
  const { dir, config } = sources;
  const path = `${dir}/tokenizer.json`;
  checkDescription(description, path);
  const encoder = createEncoder(path, forLibrary(description), config);
  checkTokenizerConfig(config, `${dir}/tokenizer_config.json`, {
    tokenOf: (id) => encoder.id_to_token(id),
    description,
  });
  const vocabSize = encoder.get_vocab().size;

  const lost = losesBytes(description)
    ? bytesWithoutToken((token) => encoder.token_to_id(token) !== undefined)
    : [];
  const encode = (text: string) => {
    assertEncodable(text, lost, path);
    return encoder.encode(text, { add_special_tokens: false }).ids;
  };
  const decode = (ids: readonly number[], { skipSpecial = false } = {}) =>
    ids.length === 0
      ? ''
      : encoder.decode([...ids], {
          skip_special_tokens: skipSpecial,
          clean_up_tokenization_spaces: false,
        });
  const id = (token: string) => {
    const [only, ...rest] = encode(token);
    // An unknown string may still encode as one `<unk>`: only the round trip tells.
    if (only === undefined || rest.length > 0 || decode([only]) !== token)
      throw new Error(`tokenizer lacks token: ${JSON.stringify(token)} in ${path}: ${REMEDY}`);
    return only;
  };
  const token = (id: number) => {
    if (encoder.id_to_token(id) === undefined)
      throw new Error(`tokenizer lacks id: ${id} in ${path} (has ${vocabSize} tokens): ${REMEDY}`);
    return decode([id]);
  };
  const isToken = (text: string) => encoder.token_to_id(text) !== undefined;
  const chatPrompt = chatTemplate({ ...sources, isToken });
  return { vocabSize, encode, decode, id, token, chatPrompt };
}

const REMEDY = 'fetch or train the model again';

function createEncoder(path: string, description: object, config: object): Encoder {
  try {
    return new Encoder(description, config);
  } catch (error) {
    throw new Error(oneLine(`${path}: not a tokenizer (${(error as Error).message}): ${REMEDY}`), {
      cause: error,
    });
  }
}

/** Whether a byte without a token leaves no trace: the tokenizer is one of bytes, and has no token for unknown ones. */
function losesBytes({ decoder, model }: Record<string, unknown>): boolean {
  return spellsBytes(decoder) && (Object(model).unk_token ?? null) === null;
}

function assertEncodable(text: string, lost: readonly number[], path: string): void {
  if (lost.length === 0) return;
  const byte = new TextEncoder().encode(text).find((each) => lost.includes(each));
  if (byte !== undefined)
    throw new Error(
      `tokenizer lacks a token for the byte ${byte} of a text: ${path}: leave it out`,
    );
}
