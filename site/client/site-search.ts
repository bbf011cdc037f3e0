import { formatNumber } from '../lib/number-format.ts';
import { type ColumnsOf, toRows } from '../lib/queries/columns.ts';
import {
  excerpt,
  type FoundFeature,
  findFeatures,
  findPassages,
  type Passage,
  wordsOf,
} from '../lib/text/search.ts';

/** Results of each kind that are shown at first. */
const SHOWN = 20;

/** Search over text and features, in files of this site. What is asked stands in the page's address. */
class SiteSearch extends HTMLElement {
  private passages: readonly Passage[] = [];
  private features: readonly FoundFeature[] = [];
  private input!: HTMLInputElement;

  async connectedCallback(): Promise<void> {
    const form = this.querySelector('form')!;
    this.input = form.querySelector('input')!;
    this.input.value = new URLSearchParams(location.search).get('q') ?? '';
    form.hidden = false;
    form.addEventListener('submit', (event) => event.preventDefault());
    [this.passages, this.features] = await Promise.all([
      load<Passage[]>(this.dataset.passages!),
      load<ColumnsOf<FoundFeature>>(this.dataset.features!).then(toRows),
    ]);
    this.input.addEventListener('input', () => {
      const asked = new URLSearchParams(this.input.value === '' ? {} : { q: this.input.value });
      history.replaceState(null, '', `${location.pathname}${asked.size > 0 ? `?${asked}` : ''}`);
      this.render();
    });
    this.render();
    this.dataset.state = 'live';
  }

  private render(): void {
    const words = wordsOf(this.input.value);
    const passages = findPassages(this.passages, words);
    const features = findFeatures(this.features, words);
    this.querySelector('[role=status]')!.textContent =
      words.length === 0
        ? `${formatNumber(this.passages.length, '0')} passages and ${formatNumber(this.features.length, '0')} features to search.`
        : `${counted(passages.length, 'passage')} and ${counted(features.length, 'feature')} with “${this.input.value.trim()}”.`;
    this.querySelector('.found')!.replaceChildren(
      ...group('In the text', passages, (passage) => this.passageItem(passage, words)),
      ...group('Features', features, (feature) => this.featureItem(feature, words)),
    );
  }

  private passageItem(
    { path, title, within, text }: Passage,
    words: readonly string[],
  ): HTMLElement[] {
    const places =
      within.length === 0 ? [] : [element('span', { className: 'small' }, within.join(' › '))];
    return [
      link(`${this.dataset.root}${path}`, ...marked(title, words)),
      ...places,
      element('p', {}, ...marked(text, words)),
    ];
  }

  private featureItem(feature: FoundFeature, words: readonly string[]): HTMLElement[] {
    const { feature_id: id, explanation, promotes, place } = feature;
    const said = explanation === '' ? '' : `${explanation} · `;
    return [
      link(`${this.dataset.cards}${id}/`, ...marked(id, words)),
      element('p', {}, ...marked(`${said}most active at: ${place} · promotes ${promotes}`, words)),
    ];
  }
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** A head and a list, nothing where nothing was found. A button shows what is beyond the first. */
function group<T>(
  head: string,
  found: readonly T[],
  item: (of: T) => HTMLElement[],
): HTMLElement[] {
  if (found.length === 0) return [];
  const list = element('ul', { className: 'results' });
  const more = element(
    'button',
    { className: 'more', type: 'button' },
    'Show more',
  ) as HTMLButtonElement;
  const showMore = () => {
    const from = list.childElementCount;
    const next = found.slice(from, from + SHOWN).map((of) => element('li', {}, ...item(of)));
    list.append(...next);
    more.hidden = list.childElementCount >= found.length;
    return next[0];
  };
  showMore();
  more.addEventListener('click', () => showMore()?.querySelector('a')?.focus());
  return [element('h2', {}, head), list, more];
}

/** Text as text: nothing of it is read as HTML. */
function marked(text: string, words: readonly string[]): (Node | string)[] {
  return excerpt(text, words).map(({ text, found }) => (found ? element('mark', {}, text) : text));
}

const link = (href: string, ...children: (Node | string)[]): HTMLElement =>
  element('a', { href }, ...children);

function element(tag: string, properties: object, ...children: (Node | string)[]): HTMLElement {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

async function load<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

customElements.define('site-search', SiteSearch);
