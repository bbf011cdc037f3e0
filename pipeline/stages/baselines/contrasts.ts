import type { Contrast, ResidualReading } from '../../interp/steering.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';
import { readingOf } from '../entropy/reading.ts';
import type { ItemRow, ListRow } from '../lists-by-id.ts';

/**
 * What the qualifier changes at the end of the prompt: the answer's opening, the one position that every list shares,
 * where no word of it is chosen yet.
 * @param lists of both templates; one a topic and template is used
 */
export function promptEnds(
  lists: readonly ListRow[],
  template: ListRow['template'],
  study: Templates,
) {
  const { swapFor } = study.templates[template];
  const ends = (has: (list: ListRow) => boolean): ResidualReading[] =>
    [...Map.groupBy(lists.filter(has), ({ topic }) => topic).values()].map(([list]) => {
      const { token_ids, n_prompt_tokens } = list!;
      return { ids: token_ids.slice(0, n_prompt_tokens), positions: [n_prompt_tokens - 1] };
    });
  return {
    from: ends((list) => list.template === template),
    toward: ends((list) => study.templates[list.template].qualifier === swapFor),
  };
}

/**
 * What the qualifier changes at the last token of each item, where the list goes on or ends: the same list read after
 * its own prompt, and after the one with the other qualifier.
 */
export function itemEnds(
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  study: Templates,
  form: TokenForm,
): Contrast {
  const read = (list: ListRow, condition: 'clean' | 'corrupted'): ResidualReading => ({
    ids: readingOf(list, condition, study.templates, form).ids,
    positions: itemsOf.get(list.sample_id)!.map(({ pos_last_token }) => pos_last_token),
  });
  return {
    from: lists.map((list) => read(list, 'clean')),
    toward: lists.map((list) => read(list, 'corrupted')),
  };
}

type Templates = Pick<Settings, 'templates'>;
