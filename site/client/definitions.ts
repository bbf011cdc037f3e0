import { placeBeside } from './beside.ts';

/**
 * Say what a term, a citation or a feature is where a reader points at it, tabs to it or taps it. Escape and whatever
 * leads away close it. With a mouse or a key the link leads on to the list at the end; by touch the first tap explains.
 */
const box = document.createElement('div');
box.className = 'definition';
box.id = 'definition';
box.role = 'tooltip';
box.hidden = true;
document.querySelector('main')!.append(box);

let shown: HTMLElement | null = null;
let leaving: ReturnType<typeof setTimeout> | undefined;
let touched = false;
/** Closed by Escape under the pointer: it stays closed there, though the page may move beneath. */
let dismissed: HTMLElement | null = null;

function show(link: HTMLElement): void {
  clearTimeout(leaving);
  if (shown === link) return;
  hide();
  shown = link;
  box.textContent = link.dataset.definition!;
  box.hidden = false;
  link.setAttribute('aria-describedby', box.id);
  placeBeside(box, link);
}

function hide(): void {
  clearTimeout(leaving);
  shown?.removeAttribute('aria-describedby');
  shown = null;
  box.hidden = true;
}

/** Long enough to move the pointer onto the definition. */
const hideSoon = (): void => {
  clearTimeout(leaving);
  leaving = setTimeout(hide, 150);
};

const linkAt = (event: Event): HTMLElement | null =>
  event.target instanceof Element ? event.target.closest<HTMLElement>('[data-definition]') : null;

document.addEventListener('pointerdown', (event) => {
  touched = event.pointerType !== 'mouse';
  if (linkAt(event) === null && event.target !== box) hide();
});
document.addEventListener('pointerover', (event) => {
  if (event.pointerType !== 'mouse') return;
  const link = linkAt(event);
  if (link && link === dismissed) return;
  if (link) show(link);
  else if (event.target === box) clearTimeout(leaving);
  else if (shown && shown !== document.activeElement) hideSoon();
});
document.addEventListener('pointermove', (event) => {
  if (linkAt(event) !== dismissed) dismissed = null;
});
document.addEventListener('focusin', (event) => {
  const link = linkAt(event);
  // A tap focuses before it clicks: the click decides.
  if (link && !touched) show(link);
});
document.addEventListener('focusout', hideSoon);
document.addEventListener('keydown', (event) => {
  touched = false;
  if (event.key !== 'Escape') return;
  dismissed = shown;
  hide();
});
document.addEventListener('click', (event) => {
  const link = linkAt(event);
  if (!link || !touched || link === shown) return hide();
  event.preventDefault();
  show(link);
});
