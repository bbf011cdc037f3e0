import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readForeignObject } from '../../schema/foreign-file.ts';
import { shown } from '../../schema/one-line.ts';

/** The tokens that have a role in a tokenizer: `bos_token` begins a text. */
export interface SpecialTokens {
  /**
   * The tokens that a chat template names, by role; a role without a token is left out.
   * @throws where one of them is no token of the tokenizer
   */
  namedIn(template: string): Readonly<Record<string, string>>;
}

const CONFIG_FILE = 'tokenizer_config.json';
/** Where older libraries keep what the config leaves out. */
export const MAP_FILE = 'special_tokens_map.json';

const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((role) => `${role}_token`);

/**
 * The special tokens that the files of a folder name, each as a text or as an object with `content`.
 * @param isToken whether a text is one token of `tokenizer.json`
 * @throws one line with the file and the field, where it is neither, or the two files contradict each other
 */
export function specialTokens(
  dir: string,
  config: Readonly<Record<string, unknown>>,
  isToken: (text: string) => boolean,
): SpecialTokens {
  const map = mapIn(dir);
  const roles = ROLES.flatMap((role) => {
    const [token, other] = [
      contentOf(config[role], role, join(dir, CONFIG_FILE)),
      contentOf(map[role], role, join(dir, MAP_FILE)),
    ];
    if (token !== null && other !== null && token !== other)
      throw new Error(
        `${join(dir, MAP_FILE)}: ${role}: ${shown(other)}, and ${CONFIG_FILE} has ${shown(token)}: ${REMEDY}`,
      );
    const found = token ?? other;
    return found === null ? [] : [[role, found] as const];
  });
  return {
    namedIn: (template) => {
      const named = roles.filter(([role]) => template.includes(role));
      for (const [role, token] of named)
        if (token !== '' && !isToken(token))
          throw new Error(
            `${join(dir, CONFIG_FILE)}: ${role}: ${shown(token)} is no token of tokenizer.json: ${REMEDY}`,
          );
      return Object.fromEntries(named);
    },
  };
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
