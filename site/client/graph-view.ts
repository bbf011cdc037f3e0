import { drawGraph, drawLinks } from '../lib/explorers/graph/drawing.ts';
import type { Graph } from '../lib/explorers/graph/graph.ts';
import { type Item, itemsOf, type Link, linksOf, strongest } from '../lib/explorers/graph/items.ts';
import { type Layout, layout } from '../lib/explorers/graph/layout.ts';
import { neighbour } from '../lib/explorers/graph/neighbour.ts';
import { type PackedGraph, unpack } from '../lib/explorers/graph/packed.ts';
import { contextsOf, type FeatureContext, panelOf } from '../lib/explorers/graph/panel.ts';
import { pathRows } from '../lib/explorers/graph/path-rows.ts';
import { countShown, shareShown } from '../lib/explorers/graph/shown.ts';
import {
  EMPTY_STATE,
  fromAddress,
  type GraphState,
  regrouped,
  renamed,
  toAddress,
  toggled,
  within,
} from '../lib/explorers/graph/state.ts';
import { itemWords, shownWords } from '../lib/explorers/graph/words.ts';
import { fetchJson } from './fetch-file.ts';

/** The attribution graph of a list. What is chosen stands in the page’s address; each graph is a file of its own. */
class GraphView extends HTMLElement {
  private readonly graphs = new Map<string, Promise<Graph>>();
  private readonly contexts = new Map<string, Promise<Record<string, FeatureContext[]>>>();
  private graph!: Graph;
  private state: GraphState = EMPTY_STATE;
  private items: readonly Item[] = [];
  private links: readonly Link[] = [];
  private drawn!: Layout;
  /** The item that the pointer or the focus is on, and the one that Tab leads to. */
  private pointed: string | null = null;
  private current = '';

  async connectedCallback(): Promise<void> {
    this.listenToForm();
    this.listenToDrawing();
    this.listenToPanel();
    window.addEventListener('popstate', () => void this.open(addressed()));
    await this.open(addressed());
    this.form.hidden = false;
    this.dataset.state = 'live';
    new ResizeObserver(() => this.refit()).observe(this.find('.drawing'));
  }

  private listenToForm(): void {
    const [list, range] = [this.field('list'), this.field('influence')];
    list.addEventListener('change', () => {
      const { share } = this.state;
      void this.open({ ...EMPTY_STATE, list: list.value, share }).then(() => this.remember());
    });
    range.addEventListener('input', () => this.change({ share: Number(range.value) }, false));
    range.addEventListener('change', () => this.change({ share: Number(range.value) }));
  }

  private listenToDrawing(): void {
    const drawing = this.find('.drawing');
    drawing.addEventListener('click', (event) => {
      const id = idOf(event.target);
      if (id !== undefined) this.select(id, event.shiftKey || event.ctrlKey || event.metaKey);
      else if (this.state.selected.length > 0) this.change({ selected: [] });
    });
    drawing.addEventListener('keydown', (event) => this.press(event));
    for (const name of ['mouseover', 'focusin'])
      drawing.addEventListener(name, ({ target }) => this.point(idOf(target) ?? null));
    for (const name of ['mouseleave', 'focusout'])
      drawing.addEventListener(name, () => this.point(null));
  }

  private listenToPanel(): void {
    this.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLElement>(
        'button[data-node], [data-action]',
      );
      const { node, action } = button?.dataset ?? {};
      if (node !== undefined) this.choose(node);
      if (action !== undefined) this.act(action, this.state.selected);
    });
    const panel = this.find('.panel');
    panel.addEventListener('change', ({ target }) => {
      const { value, dataset } = target as HTMLInputElement;
      if (dataset.group !== undefined) this.change(renamed(this.state, dataset.group, value));
    });
    panel.addEventListener('keydown', ({ key, target, ctrlKey, metaKey }) => {
      const action = ACTIONS[key.toLowerCase()];
      const isTyped = target instanceof HTMLInputElement || ctrlKey || metaKey;
      if (action !== undefined && !isTyped) this.act(action, this.state.selected);
    });
    panel.addEventListener(
      'toggle',
      ({ target }) => void this.openContexts(target as HTMLElement),
      {
        capture: true,
      },
    );
  }

  /** Load a graph and show it. */
  private async open(asked: GraphState): Promise<void> {
    const list = this.field('list');
    const names = [...(list as HTMLSelectElement).options].map(({ value }) => value);
    const id = names.includes(asked.list) ? asked.list : names[0]!;
    list.value = id;
    const graph = await this.load(id);
    // Another may have been chosen while the file was on its way.
    if (list.value !== id) return;
    this.graph = graph;
    this.state = within({ ...asked, list: id }, new Set(graph.nodes.map(({ id }) => id)));
    const [all, ofFeatures] = this.querySelectorAll('.paths tbody');
    all!.innerHTML = pathRows(graph, graph.paths, true);
    ofFeatures!.innerHTML = pathRows(graph, graph.featurePaths, true);
    this.render();
    // The decision is on the right.
    this.find('.drawing').scrollLeft = this.drawn.width;
  }

  private change(change: Partial<GraphState>, remember = true): void {
    this.state = { ...this.state, ...change };
    this.render();
    if (remember) this.remember();
  }

  private remember(): void {
    const address = `?${toAddress(this.state)}`;
    if (address !== location.search) history.pushState(null, '', address);
  }

  private render(): void {
    const { graph, state } = this;
    this.items = itemsOf(graph, state);
    this.links = linksOf(graph, this.items);
    this.current = this.itemOf(this.current)?.id ?? graph.nodes[0]!.id;
    this.draw();
    const count = countShown(graph, state.share);
    this.find('.shown').textContent = shownWords(graph, count);
    this.field('influence').value = String(state.share ?? shareShown(graph, count));
    this.renderPanel();
  }

  /** The focus stays on a button that is still there, and else in the panel. */
  private renderPanel(): void {
    const panel = this.find('.panel');
    const { activeElement } = document;
    const focused = panel.contains(activeElement) ? (activeElement as HTMLElement).dataset : null;
    panel.innerHTML = panelOf(this.graph, this.state, this.dataset.features!);
    if (focused === null) return;
    const same =
      focused.action === undefined
        ? null
        : panel.querySelector<HTMLElement>(`[data-action=${focused.action}]`);
    (same ?? panel).focus({ preventScroll: true });
  }

  private draw(): void {
    const drawing = this.find('.drawing');
    const isFocused = drawing.contains(document.activeElement);
    this.drawn = layout(this.items, drawing.clientWidth);
    const { items, drawn, state } = this;
    drawing.innerHTML = drawGraph(this.graph, {
      items,
      layout: drawn,
      links: this.linksShown(),
      marks: {
        selected: this.itemsWith(state.selected),
        pinned: this.itemsWith(state.pinned),
        zeroed: this.itemsWith(state.zeroed),
      },
    });
    const current = this.element(this.current);
    current?.setAttribute('tabindex', '0');
    if (isFocused) current?.focus();
  }

  /** The items all of whose nodes are named. */
  private itemsWith(names: readonly string[]): Set<string> {
    const isNamed = (i: number) => names.includes(this.graph.nodes[i]!.id);
    return new Set(this.items.filter(({ members }) => members.every(isNamed)).map(({ id }) => id));
  }

  /** Those of the item that is pointed at, and of what is selected or pinned. */
  private linksShown(): Link[] {
    const { selected, pinned } = this.state;
    const active = this.itemsWith([...selected, ...pinned]);
    if (this.pointed !== null) active.add(this.pointed);
    return this.links.filter(
      ({ source, target }) => active.has(source.id) || active.has(target.id),
    );
  }

  private point(id: string | null): void {
    if (id === this.pointed) return;
    this.pointed = id;
    this.find('.edges').innerHTML = drawLinks(this.linksShown(), this.drawn);
    const item = this.items.find((item) => item.id === id);
    if (item !== undefined) this.find('.readout').textContent = itemWords(this.graph, item);
  }

  private select(id: string, several: boolean): void {
    this.current = id;
    const members = this.membersOf(id);
    const { selected } = this.state;
    const isAlone =
      selected.length === members.length && members.every((m) => selected.includes(m));
    this.change({ selected: several ? toggled(selected, members) : isAlone ? [] : members });
  }

  /** Select a node that is named beside the drawing. */
  private choose(node: string): void {
    this.current = node;
    this.change({ selected: [node] });
  }

  /** The item with an id, or with a node that has it. */
  private itemOf(id: string): Item | undefined {
    const { nodes } = this.graph;
    return (
      this.items.find((item) => item.id === id) ??
      this.items.find(({ members }) => members.some((i) => nodes[i]!.id === id))
    );
  }

  private membersOf(id: string): string[] {
    const item = this.items.find((item) => item.id === id);
    return (item?.members ?? []).map((i) => this.graph.nodes[i]!.id);
  }

  /** Pin, set to zero or group nodes; undo it where it is done. */
  private act(action: string, ids: readonly string[]): void {
    const free = ids.filter((id) => id !== this.graph.nodes[0]!.id);
    const { pinned, zeroed } = this.state;
    if (action === 'pin') this.change({ pinned: toggled(pinned, ids) });
    if (free.length === 0) return;
    if (action === 'zero') this.change({ zeroed: toggled(zeroed, free) });
    if (action === 'group') this.change(regrouped(this.state, free));
  }

  private press(event: KeyboardEvent): void {
    const id = idOf(event.target);
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = ACTIONS[event.key.toLowerCase()];
    const next = this.nextOf(id, event.key);
    if (event.key === 'Enter' || event.key === ' ') this.select(id, event.shiftKey);
    else if (event.key === 'Escape') this.change({ selected: [] });
    else if (action === 'group') this.act(action, this.state.selected);
    else if (action !== undefined) this.act(action, this.membersOf(id));
    else if (next !== undefined) this.focusOn(next);
    else return;
    event.preventDefault();
  }

  /** Where a key leads from an item. */
  private nextOf(id: string, key: string): string | undefined {
    if (key === '[') return strongest(this.links, id, 'in')?.id;
    if (key === ']') return strongest(this.links, id, 'out')?.id;
    return neighbour({ items: this.items, layout: this.drawn }, id, key);
  }

  private focusOn(id: string): void {
    this.element(this.current)?.setAttribute('tabindex', '-1');
    this.current = id;
    const next = this.element(id);
    next?.setAttribute('tabindex', '0');
    next?.focus();
  }

  /** Draw anew where the page has another width. */
  private refit(): void {
    const width = this.find('.drawing').clientWidth;
    if (width > 0 && layout(this.items, width).width !== this.drawn.width) this.draw();
  }

  private async openContexts(details: HTMLElement): Promise<void> {
    const { feature } = details.dataset;
    if (feature === undefined || details.childElementCount > 1) return;
    const sae = feature.slice(0, feature.lastIndexOf('_'));
    const known =
      this.contexts.get(sae) ?? fetchJson(`${this.dataset.files}${sae}.graph-contexts.json`);
    this.contexts.set(sae, known);
    details.insertAdjacentHTML('beforeend', contextsOf((await known)[feature] ?? []));
  }

  private load(id: string): Promise<Graph> {
    const known =
      this.graphs.get(id) ??
      fetchJson<PackedGraph>(`${this.dataset.files}${encodeURIComponent(id)}.graph.json`).then(
        unpack,
      );
    this.graphs.set(id, known);
    return known;
  }

  private element(id: string): SVGElement | null {
    return this.querySelector<SVGElement>(`[data-id="${CSS.escape(id)}"]`);
  }

  private get form(): HTMLFormElement {
    return this.find('form');
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.find(`[name=${name}]`);
  }

  private find<E extends Element = HTMLElement>(selector: string): E {
    return this.querySelector<E>(selector)!;
  }
}

const ACTIONS: Readonly<Record<string, string>> = { p: 'pin', x: 'zero', g: 'group' };

const idOf = (target: EventTarget | null): string | undefined =>
  (target as Element | null)?.closest<SVGElement>('[data-id]')?.dataset.id;

const addressed = (): GraphState => fromAddress(new URLSearchParams(location.search));

customElements.define('graph-view', GraphView);
