/** What zeroing one SAE's features does to one list, for the view side by side. Runs in the build and in the browser. */
export interface AblatedList {
  /** Tokens from the one after BOS up to where the arms begin to write. */
  readonly kept: readonly string[];
  /** What was zeroed: [token, feature, activation, attribution]. */
  readonly ablated: readonly Edit[];
  readonly random: readonly Edit[];
  /** The whole list under each arm that it was written under. */
  readonly arms: Readonly<Partial<Record<Arm, WrittenList>>>;
}

export type Edit = readonly [
  token: number,
  feature: number,
  act: number,
  attribution: number | null,
];

export interface WrittenList {
  readonly text: string;
  readonly n_items: number;
  readonly n_repeats: number;
  readonly ended: boolean;
}

/** Arms that are shown, with what they are called. */
export const ARMS = {
  baseline: 'Baseline',
  ablated: 'Set to zero',
  substituted: 'Set to the other word’s values',
  random: 'Random features',
  reconstruction: 'Reconstruction',
} as const;
export type Arm = keyof typeof ARMS;
export const ARM_NAMES = Object.keys(ARMS) as Arm[];

/** One SAE's lists by protocol and sample. */
export type AblatedLists = Readonly<Record<string, Readonly<Record<string, AblatedList>>>>;

/** What zeroing does over all lists, in words, by protocol and SAE. */
export type MeanEffects = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What an arm adds to a list, as `+6 items`; `±0 items` where it adds nothing. */
export function addedBy({ arms }: AblatedList, arm: Arm): string {
  const [before, after] = [arms.baseline, arms[arm]];
  if (before === undefined || after === undefined) return '–';
  const added = after.n_items - before.n_items;
  const sign = added > 0 ? '+' : added < 0 ? '−' : '±';
  return `${sign}${Math.abs(added)} ${Math.abs(added) === 1 ? 'item' : 'items'}`;
}

/** The lines of a list, each without its marker; what a blank ends is marked. */
export const linesOf = (list: WrittenList | undefined): string[] =>
  (list?.text ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      line
        .replace(/^(?:[-*]|\d{1,3}\.) ?/, '')
        .replace(/ +$/, (blanks) => '␣'.repeat(blanks.length)),
    );

/** `5 items, 1 repeated, cut off`; some arms are written for the first list of each topic only. */
export function summaryOf(list: WrittenList | undefined): string {
  if (list === undefined) return 'written for the first list of the topic only';
  const { n_items, n_repeats, ended } = list;
  const items = `${n_items} ${n_items === 1 ? 'item' : 'items'}`;
  return [items, n_repeats > 0 && `${n_repeats} repeated`, !ended && 'cut off']
    .filter((part) => part !== false)
    .join(', ');
}

/** Which of the kept tokens are edited, with the features that are zeroed there. */
export function editsByToken(edits: readonly Edit[]): Map<number, number[]> {
  const byToken = new Map<number, number[]>();
  for (const [token, feature] of edits)
    byToken.set(token, [...(byToken.get(token) ?? []), feature]);
  return byToken;
}
