import { choiceIn } from '../lib/charts/figure-address.ts';
import type { VegaFigure } from './vega-figure.ts';

/** Words of the text that set a figure do so where they stand; opened elsewhere, their address does. */
document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a.shows');
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const id = link.dataset.figure!;
  const figure = document.querySelector<VegaFigure>(`vega-figure[data-id="${id}"]`);
  if (figure === null) return;
  event.preventDefault();
  void figure.set(choiceIn(link.search, id));
});
