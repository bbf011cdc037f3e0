import type { EventColumn, ListEvent, PositionKind } from '../schema/list-events.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { ChatFacts } from '../subjects/subject.ts';
import type { ListForm } from './form.ts';

/** A form of list in the tokens of one model: how the model is asked for lists, and how its answers are read. */
export interface TokenForm {
  readonly chat: ChatFacts;
  readonly shape: ListForm;
  readonly tokenizer: Tokenizer;
  /** The token that every prompt ends with. */
  readonly openingId: number;
  /** The tokens that end an answer. */
  readonly stopIds: readonly number[];
  /** The token of each event at each position. */
  readonly events: EventIds;
}

export type EventIds = Readonly<Record<PositionKind, Readonly<Record<ListEvent, number>>>>;

/**
 * A form of list in the tokens of one model.
 * @throws `tokenizer lacks token: …` where the opening, an event or a stop token is not exactly one token
 */
export function tokenForm(tokenizer: Tokenizer, chat: ChatFacts, shape: ListForm): TokenForm {
  const [stop] = chat.stopTokens;
  const idOf = (event: string | null) => tokenizer.id(event ?? stop);
  const eventsAt = (position: PositionKind) => ({
    end: idOf(shape.events[position].end),
    again: idOf(shape.events[position].again),
  });
  return {
    chat,
    shape,
    tokenizer,
    openingId: tokenizer.id(shape.opening),
    stopIds: chat.stopTokens.map(tokenizer.id),
    events: { item: eventsAt('item'), newline: eventsAt('newline') },
  };
}

/** The prompt that asks a message of the model, with its answer begun. */
export function promptFor(message: string, { chat, shape, tokenizer }: TokenForm): number[] {
  return tokenizer.encode(tokenizer.chatPrompt(message, chat.systemTurn) + shape.opening);
}

/** The token of each event by the column that holds its probability. */
export const eventColumns = ({ item, newline }: EventIds): Record<EventColumn, number> => ({
  p_item_end: item.end,
  p_item_again: item.again,
  p_newline_end: newline.end,
  p_newline_again: newline.again,
});
