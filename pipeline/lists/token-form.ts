import { once } from '../engine/once.ts';
import type { EventColumn, ListEvent } from '../schema/list-events.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ChatFormat } from '../subjects/subject.ts';
import { exactIds } from './exact-ids.ts';
import { ANY_OTHER, type ListForm } from './form.ts';
import { markerText } from './item-layout.ts';
import { promptText } from './prompt-text.ts';

/** A form of list in the tokens of one model, with the model's chat format: how to prompt for lists and parse answers. */
export interface TokenForm {
  readonly chat: ChatFormat;
  readonly listForm: ListForm;
  readonly tokenizer: Tokenizer;
  /** Token ids of the prompt with an empty message: what every prompt has. @throws where a chat has no template */
  readonly emptyPrompt: () => readonly number[];
  /** The last tokens of every prompt, with which the answer is begun; empty where it is not. */
  readonly openingIds: readonly number[];
  /** The tokens that end an answer. */
  readonly stopIds: readonly number[];
  /** Token id of each event at each kind of position. */
  readonly events: EventIds;
}

export interface EventIds {
  readonly item: Readonly<Record<ListEvent, number>>;
  readonly newline: {
    readonly end: number;
    /** The token after the separator of an item, by the item's index; null where any token but `end` leads to another item. */
    readonly again: (itemIndex: number) => number | null;
  };
}

/**
 * Look up the tokens of a list form.
 * @throws `tokenizer lacks token: …` if an event or a stop token is not exactly one token
 */
export function tokenForm(tokenizer: Tokenizer, chat: ChatFormat, listForm: ListForm): TokenForm {
  const [stop] = chat.stopTokens;
  const idOf = (event: string | null) => tokenizer.id(event ?? stop);
  const { item, newline } = listForm.events;
  return {
    chat,
    listForm,
    tokenizer,
    emptyPrompt: once(() => tokenizer.encode(promptText('', { chat, listForm, tokenizer }))),
    openingIds: exactIds(listForm.opening, tokenizer),
    stopIds: [...chat.stopTokens, ...listForm.endings].map(tokenizer.id),
    events: {
      item: { end: idOf(item.end), again: idOf(item.again) },
      newline: { end: idOf(newline.end), again: againAfter(tokenizer, listForm) },
    },
  };
}

/** What leads to another item after a separator, by the index of the item before it. */
function againAfter(
  tokenizer: Tokenizer,
  { layout, events }: ListForm,
): EventIds['newline']['again'] {
  const { again } = events.newline;
  if (typeof again === 'string') {
    const id = tokenizer.id(again);
    return () => id;
  }
  if (again === ANY_OTHER) return () => null;
  const found = new Map<string, number>();
  return (itemIndex) => {
    const number = markerText(layout, itemIndex + 1);
    const id = found.get(number) ?? exactIds(number, tokenizer)[0]!;
    found.set(number, id);
    return id;
  };
}

/**
 * Token ids of the prompt for a message, the opening of the answer included.
 * @throws where the opening is spelled in other tokens after the prompt than by itself
 */
export function promptFor(message: string, form: TokenForm): number[] {
  const { openingIds, listForm, tokenizer } = form;
  const ids = tokenizer.encode(promptText(message, form));
  const last = ids.slice(ids.length - openingIds.length);
  if (openingIds.every((id, i) => id === last[i])) return ids;
  throw new Error(
    `the tokenizer joins the opening ${JSON.stringify(listForm.opening)} of a list with what stands before it: choose another form`,
  );
}

/** Token id of each event after an item, by the column that holds its probability; null for any but that of the end. */
export const eventColumns = (
  { item, newline }: EventIds,
  itemIndex: number,
): Record<EventColumn, number | null> => ({
  p_item_end: item.end,
  p_item_again: item.again,
  p_newline_end: newline.end,
  p_newline_again: newline.again(itemIndex),
});
