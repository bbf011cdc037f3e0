import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { bytesWithoutToken } from './byte-level.ts';

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
  /**
   * The chat template with a system turn (if any), earlier turns, a user turn and the start of the model's turn, `<bos>`
   * included.
   */
  chatPrompt(user: string, system?: string | null, earlier?: readonly Turn[]): string;
}

/** A turn of a chat. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The files that a tokenizer is read from. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

/**
 * Load `tokenizer.json` and `tokenizer_config.json` of a folder in Hugging Face's layout.
 * @throws if a file is missing or malformed: one line that names the file and the remedy
 */
export function loadTokenizer(dir: string): Tokenizer {
  const path = join(dir, 'tokenizer.json');
  const config = readJson(join(dir, 'tokenizer_config.json'));
  const description = readJson(path);
  const encoder = createEncoder(path, description, config);
  const vocabSize = encoder.get_vocab().size;

  const lost = losesBytes(description)
    ? bytesWithoutToken((token) => encoder.token_to_id(token) !== undefined)
    : [];
  const encode = (text: string) => {
    assertEncodable(text, lost, path);
    return encoder.encode(text, { add_special_tokens: false }).ids;
  };
  const decode = (ids: readonly number[], { skipSpecial = false } = {}) =>
    encoder.decode([...ids], {
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
  return { vocabSize, encode, decode, id, token, chatPrompt: chatTemplate(dir, config) };
}

const REMEDY = 'fetch or train the model again';

function createEncoder(path: string, description: object, config: object): Encoder {
  try {
    return new Encoder(description, config);
  } catch (error) {
    throw new Error(`${path}: not a tokenizer (${(error as Error).message}): ${REMEDY}`, {
      cause: error,
    });
  }
}

/** Whether a byte without a token leaves no trace: the tokenizer is one of bytes, and has no token for unknown ones. */
function losesBytes({ decoder, model }: Record<string, unknown>): boolean {
  return Object(decoder).type === 'ByteLevel' && (Object(model).unk_token ?? null) === null;
}

function assertEncodable(text: string, lost: readonly number[], path: string): void {
  if (lost.length === 0) return;
  const byte = Buffer.from(text).find((each) => lost.includes(each));
  if (byte !== undefined)
    throw new Error(
      `tokenizer lacks a token for the byte ${byte} of a text: ${path}: leave it out`,
    );
}

function chatTemplate(dir: string, config: Record<string, unknown>): Tokenizer['chatPrompt'] {
  const { chat_template: source, bos_token } = config;
  if (typeof source !== 'string')
    return () => {
      throw new Error(
        `no chat_template in ${dir}/tokenizer_config.json: use an instruction-tuned model`,
      );
    };
  const template = new Template(source);
  return (user, system = null, earlier = []) =>
    template.render({
      messages: [
        ...(system === null ? [] : [{ role: 'system', content: system }]),
        ...earlier,
        { role: 'user', content: user },
      ],
      add_generation_prompt: true,
      bos_token,
    });
}

function readJson(path: string): Record<string, unknown> {
  if (!existsSync(path)) throw new Error(`missing model file: ${path}: ${REMEDY}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path}: not JSON, perhaps truncated: ${REMEDY}`);
  }
}
