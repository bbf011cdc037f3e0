import type { SequencePair } from '../../interp/patching/read-pairs.ts';
import { MAPPED_PROXY, PROXIES } from '../../lists/proxies.ts';
import { qualifierPosition } from '../../lists/qualifier.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Direction } from '../../schema/patching-columns.ts';
import type { Settings } from '../../study/study.ts';
import { readingOf, swapOf, withPromptLength } from '../entropy/reading.ts';
import { type ItemRow, type ListRow, prefixLength } from '../lists-by-id.ts';

/** A list that ended, as it is read for patching. */
export interface PatchedList {
  readonly list: ListRow;
  /** Its tokens after the prompt with the other word. */
  readonly swappedIds: readonly number[];
  /** Position of the prompt's qualifier. */
  readonly word: number;
  /** Position of the last token of the prompt: of the first marker, where the answer is begun with it. */
  readonly listStart: number;
  /** Position before each item's first token: of the last token of its marker, where it has one. */
  readonly itemStarts: readonly number[];
  /** Positions at which the metric is read: each item's last token. */
  readonly metricPositions: readonly number[];
}

/** The lists of a template that ended with an item: all of them, or the first of each topic. */
export function patchedLists(
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  {
    patching,
    templates,
  }: Pick<Settings, 'templates'> & {
    readonly patching: Pick<Settings['patching'], 'template' | 'lists'>;
  },
  form: TokenForm,
): PatchedList[] {
  const ended = lists.filter(
    ({ template, sample_id }) =>
      template === patching.template && itemsOf.get(sample_id)?.at(-1)?.items_from_end === 0,
  );
  const first = new Map(ended.toReversed().map((list) => [list.topic, list]));
  const chosen =
    patching.lists === 'all' ? ended : ended.filter((list) => first.get(list.topic) === list);
  return chosen.map((list) => patchedList(list, itemsOf.get(list.sample_id)!, templates, form));
}

function patchedList(
  list: ListRow,
  items: readonly ItemRow[],
  templates: Settings['templates'],
  form: TokenForm,
): PatchedList {
  const { qualifier } = swapOf(templates, list.template);
  return {
    list,
    swappedIds: readingOf(list, 'corrupted', templates, form).ids,
    word: qualifierPosition(withPromptLength(list), qualifier, form),
    listStart: list.n_prompt_tokens - 1,
    itemStarts: items.map((item) => prefixLength(item) - 1),
    metricPositions: items.map((item) => item[PROXIES[MAPPED_PROXY].column]),
  };
}

/** The run that is patched, and the one whose values it takes. */
export function pairOf(
  { list, swappedIds, metricPositions }: PatchedList,
  direction: Direction,
): SequencePair {
  const [ids, sourceIds] =
    direction === 'noising' ? [list.token_ids, swappedIds] : [swappedIds, list.token_ids];
  return { ids, sourceIds, metricPositions };
}
