import { visible } from '../../lib/explorers/tokens.ts';
import { formatNumber } from '../../lib/number-format.ts';
import {
  ARM_NAMES,
  ARMS,
  type Arm,
  type ShownDraw,
  type ShownItem,
  type ShownList,
} from './messages.ts';

/**
 * A list as far as it is written, in the place of what stood there.
 * @param asks whether a reader may ask of an item's bar what was drawn from; else its value stands beside it
 */
export function showList(
  section: HTMLElement,
  { items, unfinished, state }: ShownList,
  asks: boolean,
): void {
  const list = section.querySelector('ol')!;
  const lines = items.map((item, i) => lineOf(item, list.children[i], asks));
  if (unfinished !== '' || (state === 'writing' && items.length === 0)) {
    const line = element('li', 'unfinished');
    line.append(element('span', 'item-name', `${unfinished}…`));
    lines.push(line);
  }
  list.replaceChildren(...lines);
  section.querySelector('.live-end')!.textContent = {
    writing: 'writing',
    ended: 'end of the turn',
    cut: 'cut at the limit on tokens',
  }[state];
}

/** The line of an item: the one that stands there, where it says the same. */
function lineOf(
  { text, next, pEnd, trueEnd }: ShownItem,
  before: Element | undefined,
  asks: boolean,
): Element {
  const words = [
    `end ${formatNumber(pEnd, '0%')}`,
    ...(trueEnd === null ? [] : [`process ${formatNumber(trueEnd, '0%')}`]),
  ].join(', ');
  const key = `${next} ${text} ${words}`;
  if (before instanceof HTMLElement && before.dataset.key === key) return before;
  const line = element('li', '');
  line.dataset.key = key;
  const bar = asks ? asking(`${text}: ${words}`, next) : picture(words);
  bar.className = trueEnd === null ? 'stop-bar' : 'stop-bar truth';
  bar.title = words;
  bar.style.setProperty('--p', pEnd.toFixed(4));
  if (trueEnd !== null) bar.style.setProperty('--true', trueEnd.toFixed(4));
  line.append(element('span', 'item-name', text), bar);
  if (!asks) line.append(inDigits(pEnd));
  return line;
}

/** A bar that is a button. @param next index of the token that it asks about */
function asking(words: string, next: number): HTMLElement {
  const bar = element('button', '');
  bar.type = 'button';
  bar.dataset.next = String(next);
  bar.ariaLabel = `${words}; what was drawn from`;
  bar.ariaPressed = 'false';
  return bar;
}

/** In digits, what the bar's label says. */
function inDigits(p: number): HTMLElement {
  const value = element('span', 'p-value', formatNumber(p, '0%'));
  value.ariaHidden = 'true';
  return value;
}

function picture(words: string): HTMLElement {
  const bar = element('span', '');
  bar.role = 'img';
  bar.ariaLabel = words;
  return bar;
}

/** What the next token of each list is drawn from. */
export function showDraws(
  place: HTMLElement,
  draws: Readonly<Partial<Record<Arm, ShownDraw>>>,
): void {
  place.replaceChildren(
    ...ARMS.flatMap((arm) => {
      const draw = draws[arm];
      if (draw === undefined) return [];
      const part = element('section', '');
      part.dataset.arm = arm;
      part.append(element('p', 'live-name', ARM_NAMES[arm]), stripOf(draw), barsOf(draw));
      return [part];
    }),
  );
}

function stripOf({ strip, draw }: ShownDraw): HTMLElement {
  const place = element('div', 'draw-strip');
  place.role = 'img';
  const sampled = strip.find(({ sampled }) => sampled);
  place.ariaLabel = `draw ${formatNumber(draw, '0.00')}: “${visible(sampled?.text ?? '')}”, ${formatNumber(sampled?.share ?? 0, '0%')} of what is drawn from`;
  place.title = place.ariaLabel;
  for (const { share, sampled } of strip) {
    const segment = element('span', sampled ? 'sampled' : '');
    segment.style.setProperty('--share', share.toFixed(5));
    place.append(segment);
  }
  place.style.setProperty('--draw', draw.toFixed(5));
  return place;
}

function barsOf({ bars }: ShownDraw): HTMLElement {
  const list = element('dl', 'token-bars');
  for (const { text, p, sampled } of bars) {
    const row = element('div', sampled ? 'sampled' : '');
    const bar = element('span', 'p-bar');
    bar.style.setProperty('--p', p.toFixed(4));
    const value = element('dd', '');
    value.append(bar, element('span', 'p-value', formatNumber(p, p < 0.01 ? '0.0%' : '0%')));
    row.append(element('dt', '', nameOf(text)), value);
    list.append(row);
  }
  return list;
}

/** A token in words where it has no letters. */
const nameOf = (text: string): string => NAMES[text] ?? visible(text);

const NAMES: Readonly<Record<string, string>> = {
  ' ': '␣ blank',
  '\n': '↵ newline',
  '-': '- hyphen',
  '<end_of_turn>': 'end of turn',
};

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}
