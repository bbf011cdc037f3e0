import type { ListWalk } from '../../pipeline/miniature/process.ts';
import type { Distribution } from '../../pipeline/stats/distribution.ts';
import { itemTokens, tokenizer, tokens } from './miniature.ts';

const { hyphen, newline } = tokens;

/** Every item of it is one token, so that a line is easily written by rank. */
export const ONE_TOKEN_TOPIC = 'Colors';
export const colors = itemTokens(ONE_TOKEN_TOPIC).map(([id]) => id!);

/** Write tokens on, and give the walk back. */
export const push = (walk: ListWalk, ids: readonly number[]) => {
  for (const id of ids) walk.push(id);
  return walk;
};

/** Tokens of lines, the hyphens between them included, up to the last item. */
export const lines = (ranks: readonly number[]): number[] =>
  ranks.flatMap((rank, i) => (i === 0 ? [colors[rank]!] : [newline, hyphen, colors[rank]!]));

/** Probabilities of what may come next, by token text. */
export const options = (next: Distribution | null): Record<string, number> | null =>
  next === null
    ? null
    : Object.fromEntries([...next.ids].map((id, i) => [tokenizer.token(id), next.probs[i]!]));
