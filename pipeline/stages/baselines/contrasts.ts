import type { Contrast, ResidualReading } from '../../interp/steering.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';
import { readingOf } from '../entropy/reading.ts';
import type { ItemRow, ListRow } from '../lists-by-id.ts';

type Templates = Pick<Settings, 'templates'>;

/**
 * The contrast of a template's prompts with those of the other qualifier, at the prompt's last token (the opening of
 * the answer): every list shares this position, and no item has been sampled yet.
 * @param lists lists of both templates; one for each topic and template is used
 */
export function promptEndContrast(
  lists: readonly ListRow[],
  template: ListRow['template'],
  study: Templates,
): Contrast {
  const { swapFor } = study.templates[template];
  const promptEnds = (belongs: (list: ListRow) => boolean): ResidualReading[] =>
    [...Map.groupBy(lists.filter(belongs), ({ topic }) => topic).values()].map(([list]) => {
      const { token_ids, n_prompt_tokens } = list!;
      return { ids: token_ids.slice(0, n_prompt_tokens), positions: [n_prompt_tokens - 1] };
    });
  return {
    from: promptEnds((list) => list.template === template),
    toward: promptEnds((list) => study.templates[list.template].qualifier === swapFor),
  };
}

/**
 * The contrast of each list after its own prompt with the same list after the prompt of the other qualifier, at the
 * last token of each item, where the list goes on or ends.
 * @param itemsOf by `sample_id`
 */
export function itemEndContrast(
  lists: readonly ListRow[],
  itemsOf: ReadonlyMap<string, readonly ItemRow[]>,
  study: Templates,
  form: TokenForm,
): Contrast {
  const itemEnds = (list: ListRow, condition: 'clean' | 'corrupted'): ResidualReading => ({
    ids: readingOf(list, condition, study.templates, form).ids,
    positions: itemsOf.get(list.sample_id)!.map(({ pos_last_token }) => pos_last_token),
  });
  return {
    from: lists.map((list) => itemEnds(list, 'clean')),
    toward: lists.map((list) => itemEnds(list, 'corrupted')),
  };
}
