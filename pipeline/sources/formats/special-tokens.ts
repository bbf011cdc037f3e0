import { shown } from '../../schema/one-line.ts';

/** Where a tokenizer's special tokens are looked up. */
export interface SpecialTokenSource {
  /** The folder of the tokenizer's files. */
  readonly dir: string;
  /** The content of `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The content of `special_tokens_map.json`; empty where there is none. */
  readonly map: () => Readonly<Record<string, unknown>>;
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
  const map = source.map();
  const tokens = ROLES.filter((role) => template.includes(role)).flatMap((role) => {
    const token = tokenOf(role, source, map);
    if (token !== null && token !== '' && !isToken(token))
      throw new Error(
        `${dir}/${CONFIG_FILE}: ${role}: ${shown(token)} is no token of tokenizer.json: ${MAP_REMEDY}`,
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
  const token = contentOf(config[role], role, `${dir}/${CONFIG_FILE}`);
  const other = contentOf(map[role], role, `${dir}/${MAP_FILE}`);
  if (token !== null && other !== null && token !== other)
    throw new Error(
      `${dir}/${MAP_FILE}: ${role}: ${shown(other)}, and ${CONFIG_FILE} has ${shown(token)}: ${MAP_REMEDY}`,
    );
  return token ?? other;
}

export const MAP_REMEDY = 'fetch the files again, or mend them';

function contentOf(token: unknown, role: string, path: string): string | null {
  if (token === undefined || token === null) return null;
  const content: unknown = typeof token === 'object' ? Object(token).content : token;
  if (typeof content === 'string') return content;
  throw new Error(
    `${path}: ${role}: ${shown(token)}, expected a text, or an object with content: ${MAP_REMEDY}`,
  );
}
