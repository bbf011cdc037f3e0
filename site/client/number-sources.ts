import { placeBeside } from './beside.ts';

/**
 * Numbers of the text, and words that a query chose, become buttons: pressed by pointer, touch or key, they show the query
 * and lead to its tables. Escape, or a press elsewhere, closes it.
 */
const box = document.querySelector<HTMLElement>('#number-source');
let shown: HTMLElement | null = null;

if (box) {
  for (const number of document.querySelectorAll<HTMLElement>('main .num[title]'))
    if (!number.closest('a, button, summary') && !number.querySelector('a, button')) press(number);
  document.addEventListener('click', ({ target }) => open(box, numberAt(target)));
  document.addEventListener('keydown', (event) => {
    const number = numberAt(event.target);
    if (number === null || ![' ', 'Enter'].includes(event.key)) return;
    event.preventDefault();
    open(box, number);
  });
  box.addEventListener('beforetoggle', (event) => {
    if ((event as ToggleEvent).newState === 'closed') close();
  });
}

function press(number: HTMLElement): void {
  number.dataset.query = number.title;
  number.removeAttribute('title');
  number.role = 'button';
  number.tabIndex = 0;
  number.ariaHasPopup = 'dialog';
  number.ariaExpanded = 'false';
}

const numberAt = (target: EventTarget | null): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>('[data-query]') : null;

function open(box: HTMLElement, number: HTMLElement | null): void {
  if (number === null) return;
  close();
  shown = number;
  number.ariaExpanded = 'true';
  box.replaceChildren(query(number), ...tables(box, number));
  box.showPopover();
  placeBeside(box, number);
  box.focus({ preventScroll: true });
}

/** What had the focus gets it again: the browser sees to that where the popover had it. */
function close(): void {
  if (shown) shown.ariaExpanded = 'false';
  shown = null;
}

function query({ dataset }: HTMLElement): HTMLElement {
  const code = document.createElement('code');
  code.textContent = dataset.query!;
  const pre = document.createElement('pre');
  pre.append(code);
  return pre;
}

/** A link to each table that the query reads. */
function tables({ dataset: { tables } }: HTMLElement, { dataset }: HTMLElement): HTMLElement[] {
  const names = dataset.tables?.split(' ') ?? [];
  if (names.length === 0) return [];
  const line = document.createElement('p');
  line.append(names.length === 1 ? 'Table ' : 'Tables ');
  names.forEach((name, i) => {
    const [table, place = table] = name.split('#');
    const link = document.createElement('a');
    link.href = `${tables}#${place}`;
    link.textContent = table!;
    line.append(...(i === 0 ? [link] : [', ', link]));
  });
  return [line];
}
