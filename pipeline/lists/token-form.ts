import { once } from '../engine/once.ts';
import type { EventColumn, ListEvent, PositionKind } from '../schema/list-events.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ChatFormat } from '../subjects/subject.ts';
import type { ListForm } from './form.ts';
import { promptText } from './prompt-text.ts';

/** A form of list in the tokens of one model, with the model's chat format: how to prompt for lists and parse answers. */
export interface TokenForm {
  readonly chat: ChatFormat;
  readonly listForm: ListForm;
  readonly tokenizer: Tokenizer;
  /** Token ids of the prompt with an empty message: what every prompt has. @throws where a chat has no template */
  readonly emptyPrompt: () => readonly number[];
  /** The last token of every prompt. */
  readonly openingId: number;
  /** The tokens that end an answer. */
  readonly stopIds: readonly number[];
  /** Token id of each event at each kind of position. */
  readonly events: EventIds;
}

export type EventIds = Readonly<Record<PositionKind, Readonly<Record<ListEvent, number>>>>;

/**
 * Look up the tokens of a list form.
 * @throws `tokenizer lacks token: …` if the opening, an event or a stop token is not exactly one token
 */
export function tokenForm(tokenizer: Tokenizer, chat: ChatFormat, listForm: ListForm): TokenForm {
  const [stop] = chat.stopTokens;
  const idOf = (event: string | null) => tokenizer.id(event ?? stop);
  const eventsAt = (position: PositionKind) => ({
    end: idOf(listForm.events[position].end),
    again: idOf(listForm.events[position].again),
  });
  return {
    chat,
    listForm,
    tokenizer,
    emptyPrompt: once(() => tokenizer.encode(promptText('', { chat, listForm, tokenizer }))),
    openingId: tokenizer.id(listForm.opening),
    stopIds: [...chat.stopTokens, ...listForm.endings].map(tokenizer.id),
    events: { item: eventsAt('item'), newline: eventsAt('newline') },
  };
}

/** Token ids of the prompt for a message, the opening of the answer included. */
export const promptFor = (message: string, form: TokenForm): number[] =>
  form.tokenizer.encode(promptText(message, form));

/** Token id of each event, by the column that holds its probability. */
export const eventColumns = ({ item, newline }: EventIds): Record<EventColumn, number> => ({
  p_item_end: item.end,
  p_item_again: item.again,
  p_newline_end: newline.end,
  p_newline_again: newline.again,
});
