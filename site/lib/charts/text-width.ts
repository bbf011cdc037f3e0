/** Advance widths of a common sans-serif in thousandths of the font size, by class of character. */
const ADVANCE: readonly (readonly [RegExp, number])[] = [
  [/[ijl'|.,:;!ft()[\]I/\- ]/u, 290],
  [/[mMwW@%—]/u, 860],
  [/[A-Z&]/u, 680],
  [/[0-9]/u, 610],
  [/./su, 560],
];

interface TextItem {
  readonly fontSize?: number;
}

/** Width of a line of text in pixels, as Vega asks for it where there is no canvas to measure on. */
export function textWidth(item: TextItem, text: unknown): number {
  let width = 0;
  for (const char of String(text ?? '')) width += ADVANCE.find(([chars]) => chars.test(char))![1];
  return (width / 1000) * (item.fontSize ?? 11);
}
