import { type Metadata, REMEDY } from './metadata.ts';

/** The tokens of a model by id. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly kinds: readonly TokenKind[];
  /** The id of each token. */
  readonly ids: ReadonlyMap<string, number>;
}

/** How llama.cpp calls a token: `unused` fills the table up, `byte` stands for a byte that no token has. */
export type TokenKind = (typeof KINDS)[number];

const KINDS = ['normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'] as const;

/** @throws where tokens and types are not as many, a type is not known, a token stands twice */
export function readVocabulary(metadata: Metadata): Vocabulary {
  const { path } = metadata;
  const tokens = metadata.texts('tokenizer.ggml.tokens');
  const types = metadata.numbers('tokenizer.ggml.token_type');
  if (types.length !== tokens.length)
    throw new Error(
      `${path}: tokenizer.ggml.token_type has ${types.length} values, and there are ${tokens.length} tokens: ${REMEDY}`,
    );
  const kinds = types.map((type, id) => {
    const kind = KINDS[type - 1];
    if (kind) return kind;
    throw new Error(`${path}: tokenizer.ggml.token_type: token ${id} has type ${type}: ${REMEDY}`);
  });
  return { tokens, kinds, ids: idsOf(tokens, path) };
}

/** Token to id, as an object of JSON. */
export const vocabularyObject = ({ ids }: Vocabulary): Record<string, number> =>
  Object.fromEntries(ids);

function idsOf(tokens: readonly string[], path: string): Map<string, number> {
  const ids = new Map<string, number>();
  tokens.forEach((token, id) => {
    const other = ids.get(token);
    if (other !== undefined)
      throw new Error(
        `${path}: tokenizer.ggml.tokens: ${JSON.stringify(token)} is both ${other} and ${id}: ${REMEDY}`,
      );
    ids.set(token, id);
  });
  return ids;
}
