import type { Spec } from 'vega';
import { type ColumnsOf, toRows } from '../lib/columns.ts';

/**
 * A figure that is a still drawing until it comes into view; then it loads Vega, its spec and its rows, and
 * offers its controls. `data-state` says how far it is: `live`, or `still` where something could not load.
 */
class VegaFigure extends HTMLElement {
  connectedCallback(): void {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        observer.disconnect();
        this.wake().then(
          () => {
            this.dataset.state = 'live';
          },
          () => {
            this.dataset.state = 'still';
          },
        );
      },
      { rootMargin: '200px' },
    );
    observer.observe(this);
  }

  private async wake(): Promise<void> {
    const form = this.querySelector('form')!;
    const [{ draw }, spec, rows] = await Promise.all([
      import('./vega-runtime.ts'),
      load<Spec>(this.dataset.spec!),
      this.rows(form),
    ]);
    const plot = this.querySelector<HTMLElement>('.plot')!;
    const features = this.dataset.features!;
    const chart = await draw(spec, rows, plot, {
      canvas: 'canvas' in this.dataset,
      onFeature: (id) => location.assign(`${features}${id}/`),
    });
    form.hidden = form.elements.length === 0;
    form.addEventListener('change', async ({ target }) => {
      const { name, value } = target as HTMLSelectElement;
      if (name !== this.dataset.split) return chart.choose(name, value);
      const rows = await this.rows(form);
      // Another may have been chosen while these were on their way.
      if (value === (target as HTMLSelectElement).value) chart.show(rows);
    });
    new ResizeObserver(() => chart.fit(plot.clientWidth)).observe(plot);
  }

  /** The rows of the part that is chosen. */
  private async rows(form: HTMLFormElement): Promise<object[]> {
    const { rows, split } = this.dataset;
    const part = split === undefined ? '' : `.${new FormData(form).get(split)}`;
    return toRows(await load<ColumnsOf<object>>(`${rows}${part}.rows.json`));
  }
}

async function load<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

customElements.define('vega-figure', VegaFigure);
