import type { RuleName } from '../../schema/explanations.ts';
import type { Row } from '../../schema/table.ts';
import type { TokenKind } from '../../schema/token-kinds.ts';
import type { tokens } from '../../schema/tokens.ts';
import { groupByList, type ListRow } from '../lists-by-id.ts';

type TokenRow = Row<typeof tokens>;

/** A list, and the part of the data that its topic belongs to. */
export interface SplitList {
  readonly list: ListRow;
  readonly part: Part;
}

/** One of the two folds of the training topics, or the topics that are held out. */
export type Part = 'fold 0' | 'fold 1' | 'held out';

/** The counted positions of all lists, one after the other, each with what rules may predict an activation by. */
export interface Described {
  readonly n: number;
  /** [list]: index of its first counted position, among all; one more than the last list's last position at the end. */
  readonly starts: readonly number[];
  /** Indices of the positions of each part. */
  readonly positions: Readonly<Record<Part, readonly number[]>>;
  /** Indices of the positions of both folds. */
  readonly training: readonly number[];
  readonly descriptors: Readonly<Record<RuleName, Descriptors>>;
  /** [position]: the text of its token. */
  readonly texts: readonly string[];
}

/** The descriptor of each position, as an index into the different ones. */
export interface Descriptors {
  /** [position] */
  readonly of: Int32Array;
  /** In words. */
  readonly words: readonly string[];
}

/** Items of this index and later ones are of one place. */
const LAST_PLACE = 7;

/** Every other topic is one to train on; of these, every other is of the second fold. */
export function splitByTopic(lists: readonly ListRow[]): SplitList[] {
  const topics = [...new Set(lists.map(({ topic }) => topic))];
  const partOf = (index: number): Part =>
    index % 2 === 1 ? 'held out' : index % 4 === 0 ? 'fold 0' : 'fold 1';
  const parts = new Map(topics.map((topic, i) => [topic, partOf(i)]));
  return lists.map((list) => ({ list, part: parts.get(list.topic)! }));
}

/** @param uncounted leading positions of each list that are left out */
export function describe(
  lists: readonly SplitList[],
  rows: readonly TokenRow[],
  uncounted: number,
): Described {
  const tokensOf = groupByList(rows);
  const positions: Record<Part, number[]> = { 'fold 0': [], 'fold 1': [], 'held out': [] };
  const starts = [0];
  const all: TokenRow[] = [];
  const before: (TokenRow | undefined)[] = [];
  for (const { list, part } of lists) {
    const tokensOfList = tokensOf.get(list.sample_id)!.toSorted((a, b) => a.pos - b.pos);
    for (const token of tokensOfList.slice(uncounted)) {
      positions[part].push(all.length);
      before.push(tokensOfList[token.pos - 1]);
      all.push(token);
    }
    starts.push(all.length);
  }
  const described = (words: (token: TokenRow, i: number) => string) =>
    intern(all.map((token, i) => words(token, i)));
  return {
    n: all.length,
    starts,
    positions,
    training: [...positions['fold 0'], ...positions['fold 1']].sort((a, b) => a - b),
    texts: all.map(({ token }) => token),
    descriptors: {
      kind: described(({ kind }) => KIND_WORDS[kind]),
      token: described(quoted),
      place: described(placeOf),
      'token and kind': described((token) => `${quoted(token)} in ${KIND_WORDS[token.kind]}`),
      'token pair': described((token, i) => {
        const previous = before[i];
        return previous ? `${quoted(previous)} then ${quoted(token)}` : quoted(token);
      }),
    },
  };
}

const quoted = ({ token }: TokenRow): string => JSON.stringify(token);

const KIND_WORDS: Readonly<Record<TokenKind, string>> = {
  prompt: 'the prompt',
  marker: 'markers',
  item: 'items',
  nested: 'indented items',
  blank: 'blanks',
  newline: 'newlines',
  end: 'the end',
  other: 'other text',
};

const placeOf = ({ kind, item_index }: TokenRow): string => {
  if (item_index === null) return KIND_WORDS[kind];
  const last = item_index >= LAST_PLACE;
  return `${KIND_WORDS[kind]} of item ${Math.min(item_index, LAST_PLACE) + 1}${last ? ' or later' : ''}`;
};

function intern(words: readonly string[]): Descriptors {
  const indices = new Map<string, number>();
  const of = Int32Array.from(words, (word) => {
    const index = indices.get(word) ?? indices.size;
    indices.set(word, index);
    return index;
  });
  return { of, words: [...indices.keys()] };
}
