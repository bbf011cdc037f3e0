import { formatNumber } from '../../lib/number-format.ts';
import { ARM_NAMES, ARMS, type Arm } from './messages.ts';
import { element } from './show.ts';

export interface Counted {
  readonly counts: Readonly<Record<Arm, readonly number[]>>;
  /** Mean of the study's own lists of this kind; absent where it has none. */
  readonly published: Readonly<Partial<Record<Arm, number>>>;
}

/** Two histograms of items a list, on one axis. */
export function seedHistograms({ counts, published }: Counted): HTMLElement {
  const most = Math.max(...ARMS.flatMap((arm) => counts[arm]), ...Object.values(published));
  const highest = Math.max(...ARMS.map((arm) => Math.max(...heightsOf(counts[arm], most))));
  const figure = element('figure', '');
  for (const arm of ARMS) {
    const heights = heightsOf(counts[arm], most);
    const mean = counts[arm].reduce((sum, n) => sum + n, 0) / counts[arm].length;
    const words = wordsOf(arm, mean, { n: counts[arm].length, published: published[arm] });
    figure.append(
      element('p', 'live-name', words),
      drawing(heights, { highest, mean: published[arm], words, arm }),
    );
  }
  figure.append(
    element(
      'p',
      'small',
      `Items a list, from 0 to ${most}. Line: mean of the study’s own lists of this kind, where it has them.`,
    ),
  );
  return figure;
}

function wordsOf(
  arm: Arm,
  mean: number,
  { n, published }: { readonly n: number; readonly published: number | undefined },
): string {
  const of = published === undefined ? '' : `; the study’s lists ${formatNumber(published)}`;
  return `${ARM_NAMES[arm]}: mean ${formatNumber(mean)} items of ${n} lists${of}`;
}

/** [items]: number of lists. */
function heightsOf(counts: readonly number[], most: number): number[] {
  const heights = Array.from({ length: Math.ceil(most) + 1 }, () => 0);
  for (const n of counts) heights[n]! += 1;
  return heights;
}

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 40;

function drawing(
  heights: readonly number[],
  {
    highest,
    mean,
    words,
    arm,
  }: {
    readonly highest: number;
    readonly mean: number | undefined;
    readonly words: string;
    readonly arm: Arm;
  },
): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${heights.length} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', words);
  svg.dataset.arm = arm;
  const add = (name: string, attributes: Readonly<Record<string, string | number>>) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    svg.append(made);
  };
  heights.forEach((n, items) => {
    const height = (n / highest) * HEIGHT;
    if (n > 0) add('rect', { x: items + 0.1, y: HEIGHT - height, width: 0.8, height });
  });
  if (mean !== undefined) add('line', { x1: mean + 0.5, x2: mean + 0.5, y1: 0, y2: HEIGHT });
  return svg;
}
