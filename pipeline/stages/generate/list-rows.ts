import { hasLoop } from '../../lists/loops.ts';
import { countRepeats } from '../../lists/parse-list.ts';
import { type ReadList, readList } from '../../lists/read-list.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Completion } from '../../runtime/generate.ts';
import type { completions } from '../../schema/completions.ts';
import type { items } from '../../schema/items.ts';
import type { Row } from '../../schema/table.ts';
import type { tokens } from '../../schema/tokens.ts';
import type { Sample } from './samples.ts';

/** A sampled list, parsed into items. */
export interface List extends ReadList {
  readonly sample: Sample;
  readonly completion: Completion;
  /** Prompt and completion. */
  readonly ids: readonly number[];
}

export function listOf(sample: Sample, completion: Completion, form: TokenForm): List {
  const ids = [...sample.prompt, ...completion.ids];
  const written = { ids, promptLength: sample.prompt.length, ended: completion.ended };
  return { sample, completion, ids, ...readList(written, form) };
}

/** The rows of `completions`, `items` and `tokens`. */
export const rowsOf = (lists: readonly List[]) => ({
  completions: lists.map(completionRow),
  items: lists.flatMap(itemRows),
  tokens: lists.flatMap(tokenRows),
});

export const completionRow = ({
  sample,
  completion,
  ids,
  itemTexts,
  text,
}: List): Row<typeof completions> => ({
  sample_id: sample.id,
  template: sample.template,
  topic: sample.topic,
  temperature: sample.temperature,
  replicate: sample.replicate,
  n_items: itemTexts.length,
  n_tokens: completion.ids.length,
  n_repeats: countRepeats(itemTexts),
  loops: hasLoop(itemTexts),
  ended: completion.ended,
  n_prompt_tokens: sample.prompt.length,
  text,
  token_ids: [...ids],
});

const itemRows = ({ sample, completion, parsed, itemTexts }: List): Row<typeof items>[] =>
  parsed.items.map((item, index) => ({
    sample_id: sample.id,
    item_index: index,
    items_from_end: completion.ended ? itemTexts.length - 1 - index : null,
    text: itemTexts[index]!,
    n_tokens: item.posLastToken - item.posFirstToken + 1,
    blank_after: item.blankAfter,
    is_repeat:
      countRepeats(itemTexts.slice(0, index + 1)) > countRepeats(itemTexts.slice(0, index)),
    pos_last_token: item.posLastToken,
    pos_newline: item.posNewline,
  }));

const tokenRows = ({ sample, ids, pieces, parsed }: List): Row<typeof tokens>[] =>
  ids.map((id, pos) => ({
    sample_id: sample.id,
    pos,
    token_id: id,
    token: pieces[pos]!,
    is_prompt: pos < sample.prompt.length,
    item_index: parsed.itemIndex[pos]!,
    kind: parsed.kinds[pos]!,
  }));
