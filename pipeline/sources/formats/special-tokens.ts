import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readForeignObject } from '../../schema/foreign-file.ts';
import { shown } from '../../schema/one-line.ts';

/** Where a tokenizer's special tokens are looked up. */
export interface SpecialTokenSource {
  /** The folder of the tokenizer's files. */
  readonly dir: string;
  /** The content of `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether a text is one token of `tokenizer.json`. */
  readonly isToken: (text: string) => boolean;
}

const CONFIG_FILE = 'tokenizer_config.json';
/** Where older libraries keep what the config leaves out. */
export const MAP_FILE = 'special_tokens_map.json';

/** What special tokens are for: `bos_token` begins a text. */
const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((role) => `${role}_token`);

/**
 * The special tokens that a chat template names, by role, each from a text or an object with `content`. A role without a
 * token is left out; a role that the template does not name is not looked up.
 * @throws one line with the file and the field, where it is neither, is no token of the tokenizer, or two files contradict
 *   each other
 */
export function specialTokensIn(
  template: string,
  source: SpecialTokenSource,
): Readonly<Record<string, string>> {
  const { dir, isToken } = source;
  const map = mapIn(dir);
  const tokens = ROLES.filter((role) => template.includes(role)).flatMap((role) => {
    const token = tokenOf(role, source, map);
    if (token !== null && token !== '' && !isToken(token))
      throw new Error(
        `${join(dir, CONFIG_FILE)}: ${role}: ${shown(token)} is no token of tokenizer.json: ${REMEDY}`,
      );
    return token === null ? [] : [[role, token] as const];
  });
  return Object.fromEntries(tokens);
}

function tokenOf(
  role: string,
  { dir, config }: SpecialTokenSource,
  map: Readonly<Record<string, unknown>>,
): string | null {
  const token = contentOf(config[role], role, join(dir, CONFIG_FILE));
  const other = contentOf(map[role], role, join(dir, MAP_FILE));
  if (token !== null && other !== null && token !== other)
    throw new Error(
      `${join(dir, MAP_FILE)}: ${role}: ${shown(other)}, and ${CONFIG_FILE} has ${shown(token)}: ${REMEDY}`,
    );
  return token ?? other;
}

const REMEDY = 'fetch the files again, or mend them';

function mapIn(dir: string): Record<string, unknown> {
  const path = join(dir, MAP_FILE);
  return existsSync(path) ? readForeignObject({ path, remedy: REMEDY }) : {};
}

function contentOf(token: unknown, role: string, path: string): string | null {
  if (token === undefined || token === null) return null;
  const content: unknown = typeof token === 'object' ? Object(token).content : token;
  if (typeof content === 'string') return content;
  throw new Error(
    `${path}: ${role}: ${shown(token)}, expected a text, or an object with content: ${REMEDY}`,
  );
}
