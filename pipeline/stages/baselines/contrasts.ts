import type { Contrast, ResidualReading } from '../../interp/steering.ts';
import type { items } from '../../schema/items.ts';
import type { Row } from '../../schema/table.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Study } from '../../study/study.ts';
import type { List } from '../ablate/target.ts';
import { readingOf } from '../entropy/reading.ts';

/**
 * What the qualifier changes at the end of the prompt: the first hyphen, the one position that every list shares,
 * where no word of it is chosen yet.
 * @param lists of both templates; one a topic and template is used
 */
export function promptEnds(lists: readonly List[], template: List['template'], study: Templates) {
  const { swapFor } = study.templates[template];
  const ends = (has: (list: List) => boolean): ResidualReading[] =>
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
  lists: readonly List[],
  itemsOf: ReadonlyMap<string, readonly Row<typeof items>[]>,
  study: Templates,
  tokenizer: Tokenizer,
): Contrast {
  const read = (list: List, condition: 'clean' | 'corrupted'): ResidualReading => ({
    ids: readingOf(list, condition, study.templates, tokenizer).ids,
    positions: itemsOf.get(list.sample_id)!.map(({ pos_last_token }) => pos_last_token),
  });
  return {
    from: lists.map((list) => read(list, 'clean')),
    toward: lists.map((list) => read(list, 'corrupted')),
  };
}

type Templates = Pick<Study, 'templates'>;
