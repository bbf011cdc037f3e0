import { formatNumber } from '../lib/number-format.ts';
import { type ColumnsOf, toRows } from '../lib/queries/columns.ts';
import { excerpt } from '../lib/text/excerpt.ts';
import { type FoundFeature, findFeatures } from '../lib/text/feature-search.ts';
import { type FoundPassages, type Passage, searchIn } from '../lib/text/search.ts';
import { placedWords, termOf, wordsOf } from '../lib/text/search-words.ts';
import { fetchJson } from './fetch-file.ts';

/** Results of each kind that are shown at first. */
const SHOWN = 20;

/** What can be searched, once it is there. */
interface Searched {
  readonly inText: ReturnType<typeof searchIn>;
  readonly features: readonly FoundFeature[];
}

/**
 * Search over text and features, in files of this site, which are fetched when a reader turns to the field. What is asked
 * stands in the page's address.
 */
class SiteSearch extends HTMLElement {
  private searched: Promise<Searched> | undefined;
  private input!: HTMLInputElement;

  async connectedCallback(): Promise<void> {
    const form = this.querySelector('form')!;
    this.input = form.querySelector('input')!;
    this.input.value = new URLSearchParams(location.search).get('q') ?? '';
    form.classList.remove('waiting');
    form.addEventListener('submit', (event) => event.preventDefault());
    this.input.addEventListener('focus', () => void this.load());
    this.input.addEventListener('input', () => {
      const asked = new URLSearchParams(this.input.value === '' ? {} : { q: this.input.value });
      history.replaceState(null, '', `${location.pathname}${asked.size > 0 ? `?${asked}` : ''}`);
      void this.show();
    });
    if (this.input.value !== '') await this.show();
    this.dataset.state = 'live';
  }

  private load(): Promise<Searched> {
    this.searched ??= Promise.all([
      fetchJson<Passage[]>(this.dataset.passages!),
      fetchJson<ColumnsOf<FoundFeature>>(this.dataset.features!),
    ]).then(([passages, features]) => ({ inText: searchIn(passages), features: toRows(features) }));
    return this.searched;
  }

  /** Show what is found; of what was asked while the files were on their way, the last. */
  private async show(): Promise<void> {
    const question = this.input.value;
    const searched = await this.load();
    if (question === this.input.value) this.render(question.trim(), searched);
  }

  private render(question: string, { inText, features: all }: Searched): void {
    const words = wordsOf(question);
    const text = inText(question);
    const features = findFeatures(all, words);
    const terms = new Set(words.map(termOf));
    const ofFeature = (term: string) => terms.has(term);
    this.querySelector('[role=status]')!.textContent = said(question, text, features.length);
    this.querySelector('.found')!.replaceChildren(
      ...group('In the text', text.passages, (passage) => this.passageItem(passage, text.isFound)),
      ...group('Features', features, (feature) => this.featureItem(feature, ofFeature)),
    );
  }

  private passageItem(
    { path, title, within, text, cells, digits }: Passage,
    isFound: FoundPassages['isFound'],
  ): HTMLElement[] {
    const places =
      within.length === 0 ? [] : [element('span', { className: 'small' }, within.join(' › '))];
    const shown = [text, cells, digits].find((part) => hasFound(part, isFound)) ?? (text || cells);
    return [
      link(`${this.dataset.root}${path}`, ...marked(title, isFound)),
      ...places,
      element('p', {}, ...marked(shown, isFound)),
    ];
  }

  private featureItem(feature: FoundFeature, isFound: FoundPassages['isFound']): HTMLElement[] {
    const { feature_id: id, label, explanation, promotes, place, card } = feature;
    const said = [label, explanation].map((words) => (words === '' ? '' : `${words} · `)).join('');
    return [
      link(
        card ? `${this.dataset.cards}${id}/` : `${this.dataset.table}?words=${id}`,
        ...marked(id, isFound),
      ),
      element(
        'p',
        {},
        ...marked(`${said}most active at: ${place} · promotes ${promotes}`, isFound),
      ),
    ];
  }
}

/** What was found, in a sentence. */
function said(question: string, { passages, all }: FoundPassages, features: number): string {
  if (question === '') return '';
  if (all || passages.length === 0)
    return `${counted(passages.length, 'passage')} and ${counted(features, 'feature')} with “${question}”.`;
  return `No passage has all of “${question}”; ${counted(passages.length, 'passage')} with some of it, the closest first, and ${counted(features, 'feature')}.`;
}

const hasFound = (text: string, isFound: FoundPassages['isFound']): boolean =>
  placedWords(text).some(({ word }) => isFound(termOf(word)));

const counted = (n: number, what: string): string =>
  `${formatNumber(n, '0')} ${what}${n === 1 ? '' : 's'}`;

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
function marked(text: string, isFound: FoundPassages['isFound']): (Node | string)[] {
  return excerpt(text, isFound).map(({ text, found }) =>
    found ? element('mark', {}, text) : text,
  );
}

const link = (href: string, ...children: (Node | string)[]): HTMLElement =>
  element('a', { href }, ...children);

function element(tag: string, properties: object, ...children: (Node | string)[]): HTMLElement {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

customElements.define('site-search', SiteSearch);
