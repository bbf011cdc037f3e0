import { readList } from '../lists/read-list.ts';
import type { TokenForm } from '../lists/token-form.ts';

/** A list as far as it is written. */
export interface ListSoFar {
  /** `next`: index in the answer of the token that was sampled after the item's last one. */
  readonly items: readonly { readonly text: string; readonly next: number }[];
  /** The item that is being written; empty where there is none. */
  readonly unfinished: string;
  readonly ended: boolean;
}

/** @param answer token ids after the prompt, the stop token included */
export function listSoFar(
  answer: readonly number[],
  { prompt, form }: { readonly prompt: readonly number[]; readonly form: TokenForm },
): ListSoFar {
  const ended = answer.length > 0 && form.stopIds.includes(answer.at(-1)!);
  const ids = [...prompt, ...answer];
  const { parsed, itemTexts } = readList({ ids, promptLength: prompt.length, ended }, form);
  const from = parsed.kinds.lastIndexOf('marker') + 1;
  const isOpen = !ended && (parsed.items.at(-1)?.posFirstToken ?? 0) < from;
  return {
    items: parsed.items.map(({ posLastToken }, i) => ({
      text: itemTexts[i]!,
      next: posLastToken + 1 - prompt.length,
    })),
    unfinished: isOpen ? form.tokenizer.decode(ids.slice(from)).trim() : '',
    ended,
  };
}
