import type { ListForm } from '../lists/form.ts';
import { hasLoop } from '../lists/loops.ts';
import type { TrialList } from './write-trial-lists.ts';

/** How often each token follows a place in a list, the most frequent first. */
export type Followers = readonly (readonly [token: string, times: number])[];

/** What a form's lists are like, by counting. */
export interface FormCounts {
  readonly lists: number;
  readonly ended: number;
  readonly looping: number;
  /** Lists with a number before an item that is not the one due: they are read as any other. */
  readonly misnumbered: number;
  /** Lists that ended, without a loop and with two items or more: those of which a study can say something. */
  readonly usable: number;
  /** Mean number of items of the usable lists; null where there is none. */
  readonly items: number | null;
  /** The tokens after items that are not the last, after the last of a list that ended, and after the newline of an item. */
  readonly afterItem: Followers;
  readonly afterLast: Followers;
  readonly afterNewline: Followers;
}

export function countLists(lists: readonly TrialList[]): FormCounts {
  const usable = lists.filter(isUsable);
  const items = usable.map(({ itemTexts }) => itemTexts.length);
  return {
    lists: lists.length,
    ended: lists.filter(({ ended }) => ended).length,
    looping: lists.filter(({ itemTexts }) => hasLoop(itemTexts)).length,
    misnumbered: lists.filter(isMisnumbered).length,
    usable: usable.length,
    items: items.length > 0 ? items.reduce((a, b) => a + b) / items.length : null,
    afterItem: followers(lists.flatMap((list) => itemsOf(list, 'inner').map(afterItem(list)))),
    afterLast: followers(lists.flatMap((list) => itemsOf(list, 'last').map(afterItem(list)))),
    afterNewline: followers(
      lists.flatMap(({ parsed, pieces }) =>
        parsed.items.flatMap(({ posNewline }) =>
          posNewline === null ? [] : [pieces[posNewline + 1]],
        ),
      ),
    ),
  };
}

/** A list of which a study can say something. */
export const isUsable = ({ ended, itemTexts }: TrialList): boolean =>
  ended && itemTexts.length >= 2 && !hasLoop(itemTexts);

/**
 * How many of the usable lists end as a form's events say: by its token right after the last item, or after the newline
 * that follows it; after a comma no list ends.
 * @param stop text of the subject's first stop token, which null stands for
 */
export function endsAsSaid(
  lists: readonly TrialList[],
  { events, layout }: Pick<ListForm, 'events' | 'layout'>,
  stop: string,
): number {
  const [atOnce, later] = [events.item.end ?? stop, events.newline.end ?? stop];
  return lists.filter(isUsable).filter((list) => {
    const { posLastToken } = list.parsed.items.at(-1)!;
    const [first, second] = list.pieces.slice(posLastToken + 1);
    if (first === atOnce) return true;
    return layout.by !== 'comma' && first === events.item.again && second === later;
  }).length;
}

/** Whether the markers of a list have numbers, and these are not 1, 2, 3, … */
function isMisnumbered({ parsed, pieces }: TrialList): boolean {
  const marked = pieces.map((piece, pos) => (parsed.kinds[pos] === 'marker' ? piece : ''));
  return parsed.items.some((_, index) => {
    const marker = marked.filter((__, pos) => parsed.itemIndex[pos] === index).join('');
    const number = Number.parseInt(marker, 10);
    return !Number.isNaN(number) && number !== index + 1;
  });
}

function itemsOf({ parsed, ended }: TrialList, which: 'inner' | 'last') {
  if (which === 'inner') return parsed.items.slice(0, -1);
  return ended ? parsed.items.slice(-1) : [];
}

const afterItem =
  ({ pieces }: TrialList) =>
  ({ posLastToken }: { readonly posLastToken: number }): string | undefined =>
    pieces[posLastToken + 1];

function followers(tokens: readonly (string | undefined)[]): Followers {
  const there = tokens.filter((token) => token !== undefined);
  const counts = [...Map.groupBy(there, (token) => token)].map(
    ([token, times]) => [token, times.length] as const,
  );
  return counts.sort(([, a], [, b]) => b - a);
}
