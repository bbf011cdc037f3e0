import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readForeignBytes, readForeignObject, readForeignText } from '../../schema/foreign-file.ts';
import { sha256 } from '../../schema/sha256.ts';
import { TEMPLATE_FILE, TEMPLATE_REMEDY, type Turn } from './chat-template.ts';
import { createTokenizer, type Tokenizer } from './create-tokenizer.ts';
import { MAP_FILE, MAP_REMEDY } from './special-tokens.ts';
import { withinTime } from './within-time.ts';

export type { Tokenizer, Turn };

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
  const config = readForeignObject(modelFile(join(dir, CONFIG)));
  const description = readForeignObject(modelFile(join(dir, DESCRIPTION)));
  const [template, map] = [join(dir, TEMPLATE_FILE), join(dir, MAP_FILE)];
  return createTokenizer({
    dir,
    description,
    config,
    templateFile: () =>
      existsSync(template) ? readForeignText({ path: template, remedy: TEMPLATE_REMEDY }) : null,
    withinTime,
    map: () => (existsSync(map) ? readForeignObject({ path: map, remedy: MAP_REMEDY }) : {}),
  });
}

const modelFile = (path: string) => ({
  path,
  remedy: 'fetch or train the model again',
  what: 'model file',
});
