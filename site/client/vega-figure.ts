import type { Spec } from 'vega';

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
    const [{ draw }, spec, rows] = await Promise.all([
      import('./vega-runtime.ts'),
      load<Spec>(this.dataset.spec!),
      load<object[]>(this.dataset.rows!),
    ]);
    const plot = this.querySelector<HTMLElement>('.plot')!;
    const chart = await draw(spec, rows, plot);
    const form = this.querySelector('form')!;
    form.hidden = form.elements.length === 0;
    form.addEventListener('change', () => {
      for (const [param, value] of new FormData(form)) chart.choose(param, String(value));
    });
    new ResizeObserver(() => chart.fit(plot.clientWidth)).observe(plot);
  }
}

async function load<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

customElements.define('vega-figure', VegaFigure);
