import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { readForeignBytes, readForeignObject } from '../../schema/foreign-file.ts';
import { oneLine } from '../../schema/one-line.ts';
import { sha256 } from '../../schema/sha256.ts';
import { bytesWithoutToken } from './byte-level.ts';
import { type ChatPrompt, chatTemplate, TEMPLATE_FILE, type Turn } from './chat-template.ts';
import { MAP_FILE } from './special-tokens.ts';
import { checkTokenizerConfig } from './tokenizer-config.ts';
import { checkDescription, spellsBytes } from './tokenizer-description.ts';

export type { Turn };

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

/** The files that a tokenizer needs, and those that it may have besides. */
const [DESCRIPTION, CONFIG] = ['tokenizer.json', 'tokenizer_config.json'];
const OPTIONAL = [TEMPLATE_FILE, MAP_FILE];

/** Whether a folder with a tokenizer has a chat template. */
export const hasTemplate = (dir: string): boolean =>
  existsSync(join(dir, TEMPLATE_FILE)) ||
  (readForeignObject(modelFile(join(dir, CONFIG))).chat_template ?? null) !== null;

/** The hashes of the files that a tokenizer is read from. @throws where one is missing, or cannot be read */
export function tokenizerContent(dir: string): string {
  const optional = OPTIONAL.filter((file) => existsSync(join(dir, file)));
  const hashOf = (file: string) => sha256(readForeignBytes(modelFile(join(dir, file))));
  return [
    ...[DESCRIPTION, CONFIG].map(hashOf),
    ...optional.map((file) => `${file} ${hashOf(file)}`),
  ].join(' ');
}

/**
 * Load the tokenizer of a folder in Hugging Face's layout: `tokenizer.json` and `tokenizer_config.json`; and, where they
 * are there, `chat_template.jinja` and `special_tokens_map.json`.
 * @throws one line that names the file, the field and the remedy: a file is missing or malformed, a field is not known,
 *   or files contradict each other
 */
export function loadTokenizer(dir: string): Tokenizer {
  const path = join(dir, DESCRIPTION);
  const config = readForeignObject(modelFile(join(dir, CONFIG)));
  const description = readForeignObject(modelFile(path));
  checkDescription(description, path);
  const encoder = createEncoder(path, description, config);
  checkTokenizerConfig(config, join(dir, CONFIG), (id) => encoder.id_to_token(id));
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
  const chatPrompt = chatTemplate({ dir, config, isToken });
  return { vocabSize, encode, decode, id, token, chatPrompt };
}

const REMEDY = 'fetch or train the model again';

const modelFile = (path: string) => ({ path, remedy: REMEDY, what: 'model file' });

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
  const byte = Buffer.from(text).find((each) => lost.includes(each));
  if (byte !== undefined)
    throw new Error(
      `tokenizer lacks a token for the byte ${byte} of a text: ${path}: leave it out`,
    );
}
