import type { Spec } from 'vega';
import { choiceIn, withChoice } from '../lib/charts/figure-address.ts';
import { type Chosen, partName } from '../lib/charts/figure-rows.ts';
import { type ColumnsOf, toRows } from '../lib/queries/columns.ts';
import type { Row } from '../lib/queries/query.ts';
import { fetchJson } from './fetch-file.ts';
import { changedIn, choose, chosenIn } from './figure-form.ts';
import type { PictureType } from './take-figure.ts';
import type { LiveChart } from './vega-runtime.ts';
import { whenActive, whenIdle, whenSeen } from './when.ts';

/** How far below the window a figure wakes, so that it is alive when it is seen. */
const AHEAD = '600px';

/**
 * A figure that is a still drawing until it comes into view; then it loads Vega, its spec and its rows, and
 * offers its controls. What is chosen stands in the page's address. `data-state` says how far it is: `live`, or
 * `still` where something could not load.
 */
export class VegaFigure extends HTMLElement {
  private form!: HTMLFormElement;
  private chart!: LiveChart;
  private waking: Promise<void> | undefined;

  connectedCallback(): void {
    this.form = this.querySelector('form')!;
    this.offerLinks();
    this.offerPictures();
    if (this.isAskedFor()) this.follow();
    else whenActive(() => this.follow());
  }

  /** Whether the reader came for it: it stands alone, or the address says what it shows. */
  private isAskedFor(): boolean {
    const choice = choiceIn(location.search, this.dataset.id!);
    return 'alone' in this.dataset || Object.keys(choice).length > 0;
  }

  /** Those in view go first: the ones ahead wait until the browser has nothing to do. */
  private follow(): void {
    whenSeen(this, '0px', () => this.awake());
    whenSeen(this, AHEAD, () => whenIdle(() => this.awake()));
  }

  /** Show what the text asks for, as if a reader had chosen it, and come into view. */
  async set(choice: Chosen): Promise<void> {
    choose(this.form, choice);
    history.pushState(history.state, '', this.addressOf(location.href));
    this.scrollIntoView({ block: 'nearest' });
    await this.awake();
    if (this.dataset.state === 'live') await this.show();
  }

  private awake(): Promise<void> {
    this.waking ??= this.wake().then(
      () => {
        this.dataset.state = 'live';
      },
      () => {
        this.dataset.state = 'still';
        this.form.hidden = true;
      },
    );
    return this.waking;
  }

  private async wake(): Promise<void> {
    stopAwaiting();
    const { form } = this;
    choose(form, choiceIn(location.search, this.dataset.id!));
    this.keepLinks();
    const [{ draw }, spec, rows] = await Promise.all([
      import('./vega-runtime.ts'),
      fetchJson<Spec>(this.dataset.spec!),
      this.rows(),
    ]);
    const plot = this.querySelector<HTMLElement>('.plot')!;
    this.chart = await draw(spec, rows, plot, {
      canvas: 'canvas' in this.dataset,
      chosen: this.filters(),
      onFeature: (id) =>
        void import('./feature-name.ts').then(({ openFeature }) => openFeature(id)),
      say: (words) => this.say(words),
    });
    if (Object.keys(changedIn(form)).length > 0) await this.reword(rows);
    form.classList.remove('waiting');
    form.addEventListener('change', () => {
      history.replaceState(history.state, '', this.addressOf(location.href));
      void this.show();
    });
    window.addEventListener('popstate', () => {
      choose(form, choiceIn(location.search, this.dataset.id!));
      void this.show();
    });
    new ResizeObserver(() => this.chart.fit(plot.clientWidth)).observe(plot);
  }

  /** Draw what is chosen. */
  private async show(): Promise<void> {
    this.keepLinks();
    const chosen = String(new URLSearchParams(chosenIn(this.form)));
    const rows = await this.rows();
    // Another may have been chosen while these were on their way.
    if (chosen !== String(new URLSearchParams(chosenIn(this.form)))) return;
    await this.chart.show(rows, this.filters());
    await this.reword(rows);
  }

  private async reword(rows: readonly Row[]): Promise<void> {
    const { reword } = await import('./figure-words.ts');
    await reword(this, rows, chosenIn(this.form));
  }

  /** What is chosen, but for the choice among files of rows. */
  private filters(): Record<string, string> {
    const { [this.dataset.split ?? '']: _, ...filters } = chosenIn(this.form);
    return filters;
  }

  /** The rows of the part that is chosen. */
  private async rows(): Promise<Row[]> {
    const { rows, split } = this.dataset;
    const part = split === undefined ? '' : `.${partName(chosenIn(this.form)[split] ?? '')}`;
    return this.load(`${rows}${part}.rows.json`);
  }

  private readonly files = new Map<string, Promise<Row[]>>();

  private load(url: string): Promise<Row[]> {
    const known = this.files.get(url) ?? fetchJson<ColumnsOf<Row>>(url).then(toRows);
    this.files.set(url, known);
    return known;
  }

  private addressOf(href: string): URL {
    const url = new URL(href);
    url.search = withChoice(url.search, this.dataset.id!, changedIn(this.form));
    return url;
  }

  /** Links to the figure lead to what it shows. */
  private keepLinks(): void {
    for (const link of this.links('.permalink, .embed')) link.href = this.addressOf(link.href).href;
  }

  private offerLinks(): void {
    const copy = this.closest('figure')!.querySelector<HTMLButtonElement>('.copy');
    if (copy === null || navigator.clipboard === undefined) return;
    copy.classList.remove('waiting');
    copy.addEventListener('click', async () => {
      const [link] = this.links('.permalink');
      await navigator.clipboard.writeText(link!.href).then(
        () => this.say('Link copied'),
        () => link!.focus(),
      );
      copy.textContent = document.activeElement === link ? 'Copy link' : 'Link copied';
    });
    copy.addEventListener('blur', () => {
      copy.textContent = 'Copy link';
    });
  }

  /** SVG and PNG are of what is shown; where the figure is not alive, the links lead to the build's. */
  private offerPictures(): void {
    for (const link of this.links('.picture'))
      link.addEventListener('click', async (event) => {
        if (this.dataset.state !== 'live') return;
        event.preventDefault();
        const { takeFigure } = await import('./take-figure.ts');
        const type = link.dataset.type as PictureType;
        const figure = this.closest('figure')!;
        await takeFigure(figure, await this.chart.picture(), this.fileName(link.download), type);
      });
  }

  /** The build's name of a file, and what is chosen that it does not show. */
  private fileName(ofBuild: string): string {
    const chosen = Object.entries(changedIn(this.form)).map(
      ([param, value]) => `${param}-${value}`,
    );
    return [ofBuild.replace(/\.\w+$/, ''), ...chosen.map(partName)].join('.');
  }

  private links(selector: string): HTMLAnchorElement[] {
    return [...this.closest('figure')!.querySelectorAll<HTMLAnchorElement>(selector)];
  }

  private say(words: string): void {
    this.querySelector('[role=status]')!.textContent = words;
  }
}

/** Vega comes with a reader's first move, so that it is there when a figure is. */
const SIGNS = ['pointermove', 'touchstart', 'keydown', 'scroll'] as const;
const fetchVega = (): void => {
  stopAwaiting();
  void import('./vega-runtime.ts');
};
const stopAwaiting = (): void => {
  for (const sign of SIGNS) removeEventListener(sign, fetchVega);
};
for (const sign of SIGNS) addEventListener(sign, fetchVega, { passive: true });

customElements.define('vega-figure', VegaFigure);
