import { textWidth } from './text-width.ts';

/** A drawing on its way out of the page. */
export interface TakenAway {
  readonly title: string;
  /** What it shows, for whoever does not see it. */
  readonly words: string;
  /** What it rests on, fact by fact. */
  readonly stamp: readonly string[];
  /** The chart, with its colours as CSS variables. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const SANS = 'system-ui, sans-serif';
const PADDING = 16;
const HEAD = 44;
const LINE = 15;
const SMALL = 10.5;

/** A chart as a picture of its own: its title over it, and under it what it rests on. */
export function takeAway({ title, words, stamp, svg, width, height }: TakenAway): string {
  const lines = wrapped(stamp, width);
  const [w, h] = [width + 2 * PADDING, HEAD + height + PADDING + lines.length * LINE + PADDING];
  const small = lines.map(
    (line, i) =>
      `<text x="${PADDING}" y="${HEAD + height + PADDING + (i + 1) * LINE - 4}" font-size="${SMALL}" fill="var(--soft)">${escaped(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">`,
    `<title>${escaped(title)}</title><desc>${escaped(words)}</desc>`,
    `<rect width="${w}" height="${h}" fill="var(--paper)"/>`,
    `<g font-family="${SANS}"><text x="${PADDING}" y="26" font-size="15" font-weight="600" fill="var(--ink)">${escaped(title)}</text>${small.join('')}</g>`,
    svg.replace(/^<svg /, `<svg x="${PADDING}" y="${HEAD}" `),
    '</svg>',
  ].join('');
}

/** Facts side by side in as few lines as hold them. */
function wrapped(facts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const longer = lines.length === 0 ? fact : `${lines.at(-1)} · ${fact}`;
    const fits = textWidth({ fontSize: SMALL }, longer) <= width;
    if (fits) lines[Math.max(lines.length - 1, 0)] = longer;
    else lines.push(fact);
  }
  return lines;
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]!);
