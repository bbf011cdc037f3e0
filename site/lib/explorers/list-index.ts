/** Which lists there are and how one is chosen, for the page of lists. Runs in the build and in the browser. */
export interface ListEntry {
  readonly id: string;
  /** The topic’s id, which files and addresses have. */
  readonly topic: string;
  /** The topic in words. */
  readonly name: string;
  readonly template: string;
  readonly temperature: number;
  readonly replicate: number;
  /** Whether it has the same item three times running. */
  readonly loops: boolean;
  /** Whether its end is attributed to features. */
  readonly attributed: boolean;
  /** Whether it was written again with features edited. */
  readonly edited: boolean;
  /** What the user asked. */
  readonly request: string;
}

/** The sides that a list is shown from, with what they are called. */
export const TABS = {
  written: 'As written',
  attribution: 'Attribution',
  edited: 'Edited',
} as const;
export type Tab = keyof typeof TABS;

export const isTab = (name: string | null): name is Tab => name !== null && name in TABS;

/** The lists that a tab can show. */
export const listsOf = (lists: readonly ListEntry[], tab: Tab): readonly ListEntry[] =>
  tab === 'written'
    ? lists
    : lists.filter((list) => (tab === 'attribution' ? list.attributed : list.edited));

/** Fields of the choice, each narrowing what the ones after it offer. */
const FIELDS = ['topic', 'template', 'temperature', 'replicate'] as const;

/** What is asked for: a list by its id, or by what it was asked for with. */
export type Asked = Readonly<Partial<Record<'sample' | (typeof FIELDS)[number], string>>>;

/**
 * The list that is asked for; where it is not among those that can be shown, the nearest to it.
 * @param all every list, of which one may be asked for
 * @param preferred what is shown where nothing is asked for
 */
export function nearestList(
  {
    all,
    shown,
    preferred,
  }: { all: readonly ListEntry[]; shown: readonly ListEntry[]; preferred: string },
  asked: Asked,
): ListEntry | undefined {
  const exact = shown.find(({ id }) => id === asked.sample);
  if (exact !== undefined) return exact;
  const like = all.find(({ id }) => id === asked.sample);
  const fallback = all.find(({ id }) => id === preferred);
  let left = shown;
  for (const field of FIELDS) {
    const values = left.map((list) => String(list[field]));
    const wanted = [asked[field], like?.[field], fallback?.[field]].map(String);
    const value = wanted.find((name) => values.includes(name)) ?? values[0];
    left = left.filter((list) => String(list[field]) === value);
  }
  return left[0];
}

/** The list so many places on, round and round. */
export function listAfter(
  lists: readonly ListEntry[],
  id: string,
  step: number,
): ListEntry | undefined {
  const at = lists.findIndex((list) => list.id === id);
  return lists[(at + step + lists.length) % lists.length];
}
