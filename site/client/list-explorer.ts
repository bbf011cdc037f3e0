import {
  type Asked,
  isTab,
  type ListEntry,
  listAfter,
  listsOf,
  nearestList,
  TABS,
  type Tab,
} from '../lib/explorers/list-index.ts';
import { type ColumnsOf, toRows } from '../lib/queries/columns.ts';
import { inOneLine } from '../lib/text/in-one-line.ts';
import './attribution-panel.ts';
import './edited-panel.ts';
import { fetchJson } from './fetch-file.ts';
import type { ListPanel } from './list-panel.ts';
import './written-panel.ts';

/** Choose a list and the side that it is shown from; both stand in the page's address, with what the side lets choose. */
class ListExplorer extends HTMLElement {
  private all: readonly ListEntry[] = [];
  private current!: ListEntry;
  private tab!: Tab;
  private form!: HTMLFormElement;

  async connectedCallback(): Promise<void> {
    this.form = this.querySelector<HTMLFormElement>('form.chooser')!;
    this.all = toRows(await fetchJson<ColumnsOf<ListEntry>>(this.dataset.lists!));
    this.addEventListener('change', ({ target }) => this.changed(target as HTMLElement));
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.form.addEventListener('click', ({ target }) => this.step(target as HTMLElement));
    for (const tab of this.tabs) tab.addEventListener('click', () => this.open(tab.id.slice(4)));
    this.querySelector('[role=tablist]')!.addEventListener('keydown', (event) =>
      this.walkTabs(event as KeyboardEvent),
    );
    window.addEventListener('popstate', () => void this.show(fromAddress()));
    await this.show(fromAddress());
    for (const waiting of this.querySelectorAll('.waiting')) waiting.classList.remove('waiting');
    this.dataset.state = 'live';
  }

  private async show(asked: URLSearchParams): Promise<void> {
    this.tab = this.tabOf(asked.get('tab') ?? this.panelOfHash());
    const shown = listsOf(this.all, this.tab);
    const preferred = this.dataset.sample!;
    const found = nearestList({ all: this.all, shown, preferred }, askedIn(asked));
    if (found === undefined) throw new Error(`no list of ${this.tab}`);
    this.current = found;
    this.offer(shown);
    this.say(asked.get('sample'));
    for (const tab of this.tabs) {
      const isOpen = tab.id === `tab-${this.tab}`;
      tab.ariaSelected = String(isOpen);
      tab.tabIndex = isOpen ? 0 : -1;
    }
    for (const panel of this.querySelectorAll<HTMLElement>('[role=tabpanel]'))
      panel.hidden = panel.id !== this.tab;
    await this.panel.show(found, asked);
  }

  /** Show something else, and put it into the address. */
  private async go(changes: Readonly<Record<string, string>>): Promise<void> {
    const sample = this.current.id;
    const kept = [...this.querySelectorAll<ListPanel<unknown, unknown>>(PANELS)].flatMap(
      (panel) => panel.chosen,
    );
    // What is chosen on the side that is open is what was chosen last.
    const asked = new URLSearchParams({
      tab: this.tab,
      ...Object.fromEntries([...kept, ...this.panel.chosen]),
      sample,
      ...changes,
    });
    await this.show(asked);
    const address = new URLSearchParams({
      tab: this.tab,
      sample: this.current.id,
      ...Object.fromEntries(this.panel.chosen),
    });
    history.pushState(null, '', `?${address}`);
  }

  private open(tab: string): void {
    void this.go({ tab });
  }

  private changed(field: HTMLElement): void {
    if (field.closest('form') !== this.form) return void this.go({});
    const value = (name: string) => this.select(name).value;
    if (field === this.select('sample')) return void this.go({ sample: value('sample') });
    const { temperature, replicate } = this.current;
    const [topic, template] = [value('topic'), value('template')];
    const asked = {
      topic,
      template,
      temperature: String(temperature),
      replicate: String(replicate),
    };
    const shown = listsOf(this.all, this.tab);
    const found = nearestList({ all: this.all, shown, preferred: this.current.id }, asked);
    if (found) void this.go({ sample: found.id });
  }

  private step(button: HTMLElement): void {
    const shown = listsOf(this.all, this.tab);
    const steps: Readonly<Record<string, () => number>> = {
      previous: () => -1,
      next: () => 1,
      random: () => 1 + Math.floor(Math.random() * (shown.length - 1)),
    };
    const by = steps[button.dataset.step ?? ''];
    const found = by && listAfter(shown, this.current.id, by());
    if (found) void this.go({ sample: found.id });
  }

  private walkTabs(event: KeyboardEvent): void {
    const at = this.tabs.indexOf(event.target as HTMLElement);
    const last = this.tabs.length - 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const tab = this.tabs.at(to > last ? 0 : to)!;
    tab.focus();
    this.open(tab.id.slice(4));
  }

  /** The topics, prompts and lists that can be chosen on this side. */
  private offer(shown: readonly ListEntry[]): void {
    const { topic, template, id } = this.current;
    const ofTopic = shown.filter((list) => list.topic === topic);
    const alike = ofTopic.filter((list) => list.template === template);
    const main = alike[0]?.temperature;
    fill(this.select('topic'), new Map(shown.map(({ topic, name }) => [topic, name])), topic);
    fill(this.select('template'), new Map(ofTopic.map((l) => [l.template, l.template])), template);
    fill(this.select('sample'), new Map(alike.map((list) => [list.id, numbered(list, main)])), id);
    this.querySelector('.prompt')!.lastChild!.textContent = ` ${inOneLine(this.current.request)}`;
  }

  /** Say which list is shown where it is not the one that was asked for. */
  private say(asked: string | null): void {
    const note = this.querySelector('.nearest')!;
    const isOther = asked !== null && asked !== this.current.id;
    const { name, template, replicate } = this.current;
    note.textContent = isOther
      ? `${asked} is not shown here; this is the nearest list that is: ${name}, ${template}, ${replicate + 1}.`
      : '';
  }

  private get tabs(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>('[role=tab]')];
  }

  private get panel(): ListPanel<unknown, unknown> {
    return this.querySelector<ListPanel<unknown, unknown>>(`#${this.tab} > :is(${PANELS})`)!;
  }

  /** The tab of this name, where the study has it; else the one that the page opens with. */
  private tabOf(name: string | null): Tab {
    const has = (tab: string) => this.querySelector(`[role=tabpanel]#${tab}`) !== null;
    if (isTab(name) && has(name)) return name;
    const opens = this.dataset.opens ?? '';
    return isTab(opens) && has(opens) ? opens : 'written';
  }

  /** The tab that the address leads into by its fragment. */
  private panelOfHash(): string | null {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    return target?.closest('[role=tabpanel]')?.id ?? null;
  }

  private select(name: string): HTMLSelectElement {
    return this.form.elements.namedItem(name) as HTMLSelectElement;
  }
}

const PANELS = Object.keys(TABS)
  .map((tab) => `${tab}-panel`)
  .join(', ');

const fromAddress = (): URLSearchParams => new URLSearchParams(location.search);

const askedIn = (asked: URLSearchParams): Asked => Object.fromEntries(asked);

/** `2`, with the temperature where it is not the one that all prompts have. */
const numbered = ({ replicate, temperature, loops }: ListEntry, main: number | undefined): string =>
  [
    String(replicate + 1),
    ...(temperature === main ? [] : [`temperature ${temperature}`]),
    ...(loops ? ['loops'] : []),
  ].join(', ');

function fill(
  select: HTMLSelectElement,
  options: ReadonlyMap<string, string>,
  value: string,
): void {
  select.replaceChildren(
    ...[...options].map(([name, words]) => new Option(words, name, name === value, name === value)),
  );
}

customElements.define('list-explorer', ListExplorer);
