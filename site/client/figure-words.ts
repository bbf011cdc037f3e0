import { cellText } from '../lib/cell-text.ts';
import type { Figure, FigureSpec } from '../lib/charts/figure.ts';
import { type Chosen, rowsShown, saesOf } from '../lib/charts/figure-rows.ts';
import { formatNumber } from '../lib/number-format.ts';
import type { Row } from '../lib/queries/query.ts';
import { featureName } from './feature-name.ts';

const specs = import.meta.glob<FigureSpec>('../figures/*/spec.ts', { import: 'default' });

/**
 * Say of a figure what it shows now: the text alternative, the count, and the table behind it. The build says it of
 * what is shown first, in the same words.
 */
export async function reword(
  host: HTMLElement,
  rows: readonly Row[],
  choice: Chosen,
): Promise<void> {
  const spec = await specs[`../figures/${host.dataset.id}/spec.ts`]!();
  const figure = spec(host.dataset.level!);
  const shown = rowsShown(rows, choice);
  if (shown.length === 0) return;
  const words = figure.describe(shown);
  const most = Number(host.dataset.most);
  host.querySelector('.plot')!.ariaLabel = words;
  host.querySelector('[role=status]')!.textContent = words;
  const caption = host.closest('figure')!.querySelector('figcaption')!;
  const say = (part: string, text: string) => {
    const element = caption.querySelector(part);
    if (element) element.textContent = text;
  };
  say('.words', words);
  say('[data-n]', figure.n(shown));
  say('[data-saes]', saesOf(shown) ?? '');
  say('.tabled', formatNumber(Math.min(shown.length, most), '0'));
  const lines = shown.slice(0, most).map((row) => line(row, figure));
  caption.querySelector('details tbody')!.replaceChildren(...lines);
}

function line(row: Row, { columns }: Figure): HTMLTableRowElement {
  const line = document.createElement('tr');
  for (const [name, column] of Object.entries(columns)) {
    const cell = line.insertCell();
    const value = row[name];
    if (typeof value === 'number') cell.className = 'number';
    if (column.names === 'feature' && value != null) cell.append(featureName(String(value)));
    else cell.textContent = cellText(value, column);
  }
  return line;
}
