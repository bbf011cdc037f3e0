import type { ListEvent, PositionKind } from '../../pipeline/schema/list-events.ts';
import type { Manifest } from '../../pipeline/schema/manifest.ts';
import type { ProxyName } from '../../pipeline/schema/proxies.ts';
import { separatorName } from './marker-words.ts';

export type Form = Manifest['form'];

/** A token that ends a list or goes on with it, in words. */
export interface EventWords {
  /** `blank` */
  readonly name: string;
  /** `a blank` */
  readonly one: string;
  /** `the blank` */
  readonly the: string;
}

/** Every event of a form of list: where it is met, and what it leads to. */
export const EVENTS = {
  item_end: ['item', 'end'],
  item_again: ['item', 'again'],
  newline_end: ['newline', 'end'],
  newline_again: ['newline', 'again'],
} as const satisfies Readonly<Record<string, readonly [PositionKind, ListEvent]>>;
export type EventName = keyof typeof EVENTS;

/** The token of an event, as the form has it. */
export function eventToken({ events }: Form, event: EventName): string {
  const [position, leads] = EVENTS[event];
  return events[position][leads];
}

/** How the report calls the token of an event of a study's lists. */
export function eventWords(form: Form, event: EventName): EventWords {
  const token = eventToken(form, event);
  const known = KNOWN.get(token);
  if (known !== undefined) return typeof known === 'string' ? counted(known) : known;
  // Tokens that no text can hold are written in angle brackets: they end what is written.
  if (/^<.+>$/.test(token))
    return unique(form.request === 'chat' ? 'end of the turn' : 'end of the text');
  return counted(`“${token}”`);
}

/** Which tokens end a list and which go on with it, by place, as they are spelt. */
export function eventsInWords(form: Form): string {
  const { item, newline } = form.events;
  const again = VARYING.has(newline.again) ? newline.again : JSON.stringify(newline.again);
  return `after an item ${JSON.stringify(item.end)} ends it and ${JSON.stringify(item.again)} goes on, after the ${separatorName(form)} ${JSON.stringify(newline.end)} and ${again}`;
}

/** What a proxy compares: `a blank over a newline`. */
export function comparisonWords(form: Form, proxy: ProxyName): string {
  const at = PLACES[proxy];
  return `${eventWords(form, `${at}_end`).one} over ${eventWords(form, `${at}_again`).one}`;
}

/** The same with where it is read at the end of a list: `a blank over a newline, after the last item`. */
export const metricWords = (form: Form, proxy: ProxyName): string =>
  `${comparisonWords(form, proxy)}, ${PLACES[proxy] === 'item' ? 'after the last item' : `after its ${separatorName(form)}`}`;

/** The same with where it is read at any item: `a blank over a newline, after the item`. */
export const itemWords = (form: Form, proxy: ProxyName): string =>
  `${comparisonWords(form, proxy)}, after the ${PLACES[proxy] === 'item' ? 'item' : separatorName(form)}`;

/** Where each proxy is read. */
const PLACES: Readonly<Record<ProxyName, PositionKind>> = {
  blank_newline: 'item',
  end_hyphen: 'newline',
};

const counted = (name: string): EventWords => ({ name, one: `a ${name}`, the: `the ${name}` });
const unique = (name: string): EventWords => ({ name, one: `the ${name}`, the: `the ${name}` });
const as = (words: string): EventWords => ({ name: words, one: words, the: words });

const KNOWN: ReadonlyMap<string, string | EventWords> = new Map<string, string | EventWords>([
  [' ', 'blank'],
  ['\n', 'newline'],
  ['\n\n', 'blank line'],
  ['-', 'hyphen'],
  [',', 'comma'],
  ['.', 'full stop'],
  [' and', as('“and”')],
  ['*', { name: 'asterisk', one: 'an asterisk', the: 'the asterisk' }],
  ['the next number', unique('next number')],
  ['any other token', as('any other token')],
]);

/** Events of no one token, as the form says them in words. */
const VARYING: ReadonlySet<string> = new Set(['the next number', 'any other token']);
