import { escaped } from '../../markup.ts';
import { visible } from '../tokens.ts';
import { AVERAGE, type Graph } from './graph.ts';
import type { Item, Link } from './items.ts';
import { BELOW, CELL, type Layout, LEFT, type Place } from './layout.ts';
import { itemWords } from './words.ts';

/** How an item is marked. */
export interface Marks {
  readonly selected: ReadonlySet<string>;
  readonly pinned: ReadonlySet<string>;
  readonly zeroed: ReadonlySet<string>;
}

export interface Drawn {
  readonly items: readonly Item[];
  readonly layout: Layout;
  readonly links: readonly Link[];
  /** None where nobody can press a node: the drawing is then a picture. */
  readonly marks?: Marks;
}

/** The SVG of a graph. The same code draws it in the build and in the browser. */
export function drawGraph(graph: Graph, { items, layout, links, marks }: Drawn): string {
  const { width, height } = layout;
  const most = Math.max(...items.map(({ kind, influence }) => (kind === 'target' ? 0 : influence)));
  const label = `Attribution graph of ${graph.words}: tokens from left to right, layers from the bottom up`;
  const nodes = items.map((item) =>
    drawItem(item, layout.places.get(item.id)!, {
      radius: radiusOf(item, most),
      words: itemWords(graph, item),
      marks,
    }),
  );
  return `<svg width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}" role="${marks ? 'group' : 'img'}" aria-label="${escaped(label)}">
${drawRows(layout)}${drawColumns(graph, layout)}<g class="edges">${drawLinks(links, layout)}</g><g class="nodes">${nodes.join('')}</g></svg>`;
}

/** Curves between items: dashed until tested. */
export const drawLinks = (links: readonly Link[], { places }: Layout): string =>
  links
    .map(({ source, target, influence, adds, isTested }) => {
      const [from, to] = [places.get(source.id)!, places.get(target.id)!];
      const bend = fixed((from.y + to.y) / 2);
      const side = adds ? 'for' : 'against';
      return `<path class="${side}${isTested ? '' : ' untested'}" stroke-width="${fixed(1 + 8 * Math.sqrt(influence))}" d="M${fixed(from.x)} ${fixed(from.y)}C${fixed(from.x)} ${bend} ${fixed(to.x)} ${bend} ${fixed(to.x)} ${fixed(to.y)}"/>`;
    })
    .join('');

const LARGEST = CELL / 2 - 1;
const SMALLEST = 3;

/** Of the circle with the item’s area, which is in proportion to its influence; what is hardly visible is larger. */
const radiusOf = ({ kind, influence }: Item, most: number): number =>
  kind === 'target' || most === 0
    ? LARGEST
    : Math.max(SMALLEST, LARGEST * 0.85 * Math.sqrt(influence / most));

interface ItemStyle {
  readonly radius: number;
  readonly words: string;
  readonly marks: Marks | undefined;
}

function drawItem(item: Item, { x, y }: Place, { radius, words, marks }: ItemStyle): string {
  const has = (set: ReadonlySet<string> | undefined) => set?.has(item.id) === true;
  const classes = [
    'node',
    item.kind,
    ...(item.kind === 'target' ? [] : [item.isFor ? 'for' : 'against']),
    ...(has(marks?.selected) ? ['selected'] : []),
    ...(has(marks?.pinned) ? ['pinned'] : []),
    ...(has(marks?.zeroed) ? ['zeroed'] : []),
  ];
  const half = CELL / 2;
  const hit = marks
    ? `<rect class="hit" x="${-half}" y="${-half}" width="${CELL}" height="${CELL}" rx="4"/>`
    : '';
  const strike = has(marks?.zeroed)
    ? `<path class="strike" d="M${-half + 2} ${half - 2}L${half - 2} ${-half + 2}"/>`
    : '';
  const state = [has(marks?.pinned) && 'pinned', has(marks?.zeroed) && 'set to zero']
    .filter(Boolean)
    .map((word) => `, ${word}`)
    .join('');
  const button = marks
    ? ` role="button" tabindex="-1" aria-pressed="${has(marks.selected)}" aria-label="${escaped(words + state)}" data-id="${escaped(item.id)}"`
    : '';
  return `<g class="${classes.join(' ')}" transform="translate(${fixed(x)} ${fixed(y)})"${button}>${marks ? '' : `<title>${escaped(words)}</title>`}${hit}${shapeOf(item.kind, radius)}${strike}</g>`;
}

/** Shapes of the same area. */
function shapeOf(kind: Item['kind'], radius: number): string {
  const side = radius * Math.sqrt(Math.PI);
  switch (kind) {
    case 'feature':
      return `<rect class="shape" x="${fixed(-side / 2)}" y="${fixed(-side / 2)}" width="${fixed(side)}" height="${fixed(side)}"/>`;
    case 'error': {
      const r = fixed(side / Math.SQRT2);
      return `<path class="shape" d="M0 -${r}L${r} 0L0 ${r}L-${r} 0Z"/>`;
    }
    case 'embedding': {
      const high = side / Math.SQRT2;
      return `<rect class="shape" x="${fixed(-high)}" y="${fixed(-high / 2)}" width="${fixed(2 * high)}" height="${fixed(high)}" rx="${fixed(high / 2)}"/>`;
    }
    case 'group':
      return `<rect class="shape" x="${fixed(-side / 2)}" y="${fixed(-side / 2)}" width="${fixed(side)}" height="${fixed(side)}" rx="${fixed(side / 4)}"/>`;
    case 'target':
      return `<circle class="shape" r="${fixed(radius - 2)}"/>`;
  }
}

function drawRows({ rows, width }: Layout): string {
  const top = rows[0]?.layer;
  const names = rows.map(({ layer, y, height }) => {
    const name = layer === top ? 'decision' : layer === -1 ? 'tokens' : `layer ${layer}`;
    const words =
      height < 14 ? '' : `<text x="0" y="${fixed(y + height / 2)}" dy="0.35em">${name}</text>`;
    return `<path d="M${LEFT} ${fixed(y + height)}H${fixed(width)}"/>${words}`;
  });
  return `<g class="layer-names" aria-hidden="true">${names.join('')}</g>`;
}

/** Letters of a token or place that fit below the drawing. */
const LETTERS = 15;

function drawColumns(graph: Graph, { columns, height }: Layout): string {
  const y = height - BELOW + 10;
  const words = columns.map(({ of, x, width, afterGap }) => {
    const gap = afterGap ? `<text class="gap" x="${fixed(x - 6)}" y="${y}">⋯</text>` : '';
    return `${gap}<text transform="translate(${fixed(x + width / 2 + 4)} ${y}) rotate(-50)">${escaped(columnName(graph, of))}</text>`;
  });
  return `<g class="token-names" aria-hidden="true">${words.join('')}</g>`;
}

function columnName({ id, columns }: Graph, of: readonly number[]): string {
  if (of.length > 1) return `${of.length} ${id === AVERAGE ? 'places' : 'tokens'}`;
  const name = visible(columns[of[0]!]!);
  return name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
}

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
