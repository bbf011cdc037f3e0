import { PATCHED_KINDS, type PatchedKind } from '../../schema/patching-columns.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { PatchedList } from './lists.ts';

/** A place of a list's sequence that other lists have, too. */
export interface Place {
  /** Order among all places, from 0 at the word. */
  readonly place: number;
  readonly region: PatchedKind;
  readonly label: string;
  /** At least one. */
  readonly positions: readonly number[];
}

/** The positions of each kind: together they are all from the word to the last item's last token. */
export function groupPlaces(list: PatchedList): Place[] {
  const { word, listStart } = list;
  const positions: Record<PatchedKind, number[]> = {
    word: [word],
    prompt: range(word + 1, listStart),
    list: range(listStart, endOf(list)),
  };
  return PATCHED_KINDS.map((region, place) => ({
    place,
    region,
    label: region,
    positions: positions[region],
  }));
}

/** Items before the last that have a place each; those before them share one. */
const ITEMS_BEFORE = 3;

/**
 * The places of a finer map, for each list. Positions of the prompt that all lists share token by token are a place each:
 * those from the word on as far as the prompts agree, and those before the list as far as they agree backwards. What lies
 * between is one place, the topic. In the list, items are aligned by their distance from the last one. A list without
 * some place has no entry for it.
 */
export function mapPlaces(lists: readonly PatchedList[], tokenizer: Tokenizer): Place[][] {
  const prompts = lists.map(({ list, word, listStart }) => list.token_ids.slice(word, listStart));
  const ahead = commonLength(prompts);
  const shortest = Math.min(...prompts.map(({ length }) => length));
  const behind = Math.min(commonLength(prompts.map((ids) => ids.toReversed())), shortest - ahead);
  return lists.map((list, i) => {
    const prompt = promptPlaces(list, prompts[i]!, { ahead, behind, tokenizer });
    const all = [...prompt, ...listPlaces(list)].map((place, order) => ({
      ...place,
      place: order,
    }));
    return all.filter(({ positions }) => positions.length > 0);
  });
}

type Unordered = Omit<Place, 'place'>;

function promptPlaces(
  { word, listStart }: PatchedList,
  prompt: readonly number[],
  { ahead, behind, tokenizer }: { ahead: number; behind: number; tokenizer: Tokenizer },
): Unordered[] {
  const token = (id: number) => visible(tokenizer.token(id));
  const first = prompt.slice(0, ahead).map((id, i) => ({
    region: i === 0 ? ('word' as const) : ('prompt' as const),
    label: i === 0 ? 'the word' : `word + ${i}: ${token(id)}`,
    positions: [word + i],
  }));
  const last = prompt.slice(prompt.length - behind).map((id, i) => ({
    region: 'prompt' as const,
    label: `list − ${behind - i}: ${token(id)}`,
    positions: [listStart - behind + i],
  }));
  const topic = range(word + ahead, listStart - behind);
  return [...first, { region: 'prompt', label: 'the topic', positions: topic }, ...last];
}

function listPlaces(list: PatchedList): Unordered[] {
  const { listStart, itemStarts } = list;
  const last = endOf(list) - 1;
  const startOf = (before: number) => itemStarts.at(-1 - before);
  const item = (before: number, label: string, end: number): Unordered => {
    const start = startOf(before);
    return { region: 'list', label, positions: start === undefined ? [] : range(start, end) };
  };
  const earliest = startOf(ITEMS_BEFORE) ?? itemStarts[0] ?? last;
  return [
    { region: 'list', label: 'earlier items', positions: range(listStart, earliest) },
    ...range(1, ITEMS_BEFORE + 1)
      .toReversed()
      .map((n) => item(n, `${n} before the last item`, startOf(n - 1)!)),
    item(0, 'the last item, up to its last token', last),
    { region: 'list', label: 'its last token', positions: [last] },
  ];
}

/** The position after the last item's last token. */
const endOf = ({ metricPositions }: PatchedList): number => metricPositions.at(-1)! + 1;

const range = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);

/** Number of leading tokens that all sequences share. */
function commonLength(sequences: readonly (readonly number[])[]): number {
  const [first = []] = sequences;
  const differs = first.findIndex((id, i) => sequences.some((ids) => ids[i] !== id));
  return differs === -1 ? first.length : differs;
}

/** A token with its blanks and newlines visible. */
const visible = (token: string): string => token.replaceAll('\n', '↵').replaceAll(' ', '␣');
