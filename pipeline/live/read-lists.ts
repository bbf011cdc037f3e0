import { normalizeItem, parseList } from '../lists/parse-list.ts';
import { P_BLANK_AGAIN } from '../miniature/process.ts';
import { qualifierOf, stopAfter } from '../miniature/qualifiers.ts';
import type { LiveItem, LiveModel } from '../schema/live.ts';

/** A finished item of a list. */
export interface WrittenItem {
  readonly text: string;
  /** Index in the answer of the token that was sampled after its last one, where the list goes on or ends. */
  readonly next: number;
  readonly blankAfter: boolean;
}

export interface ReadAnswer {
  readonly items: readonly WrittenItem[];
  /** The item that is being written; empty where there is none. */
  readonly unfinished: string;
  /** The answer with its opening and without the stop token. */
  readonly text: string;
}

/** The tokens of a model, and those that structure its answers. */
export interface AnswerTokens extends Pick<LiveModel, 'vocabulary'> {
  readonly setting: Pick<LiveModel['setting'], 'marker' | 'stopIds'>;
}

/** Read an answer, whole or as far as it is written. @param ids after the opening */
export function readAnswer(
  ids: readonly number[],
  { setting, vocabulary }: AnswerTokens,
): ReadAnswer {
  const { marker, stopIds } = setting;
  const ended = ids.length > 0 && stopIds.includes(ids.at(-1)!);
  const tokens = [marker, ...ids.map((id) => vocabulary[id]!)];
  const { items, kinds } = parseList(tokens, {
    layout: { by: 'marker', marker },
    answerStart: 0,
    ended,
  });
  const shown = ended ? tokens.slice(0, -1) : tokens;
  const from = kinds.lastIndexOf('marker') + 1;
  const isOpen = !ended && (items.at(-1)?.posFirstToken ?? 0) < from;
  return {
    items: items.map(({ posFirstToken, posLastToken, blankAfter }) => ({
      text: tokens
        .slice(posFirstToken, posLastToken + 1)
        .join('')
        .trim(),
      next: posLastToken,
      blankAfter,
    })),
    unfinished: isOpen ? tokens.slice(from).join('').trim() : '',
    text: shown.join(''),
  };
}

/**
 * The process's probability, after each item, of the token that announces the end: for the items up to the first that it
 * would not have written. @param items of the topic
 */
export function trueEnds(
  written: readonly WrittenItem[],
  { items, word }: { readonly items: readonly LiveItem[]; readonly word: string },
): number[] {
  const qualifier = qualifierOf(word);
  const byName = new Map(items.map((item) => [normalizeItem(item.name), item]));
  const ends: number[] = [];
  const used = new Set<LiveItem>();
  let isClosing = false;
  for (const [i, { text, blankAfter }] of written.entries()) {
    const item = byName.get(normalizeItem(text));
    if (item === undefined) break;
    used.add(item);
    if (used.size === items.length) break; // the process then stops in any case
    ends.push(isClosing ? P_BLANK_AGAIN : stopAfter(qualifier, i + 1, item.closing).blank);
    isClosing ||= blankAfter;
  }
  return ends;
}
