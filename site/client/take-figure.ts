import { takeAway } from '../lib/charts/take-away.ts';
import { inLight, withTheme } from '../lib/charts/theme-colors.ts';
import theme from '../styles/theme.css?raw';
import type { Picture } from './vega-runtime.ts';

export type PictureType = 'svg' | 'png';

/** As many pixels a CSS pixel as the build's PNGs have. */
const DENSITY = 2;

/**
 * Save a figure as it is shown now, with what is chosen and what it rests on under it, as the build does of what is
 * shown first.
 * @param name of the file, without its ending
 */
export async function takeFigure(
  figure: HTMLElement,
  picture: Picture,
  name: string,
  type: PictureType,
): Promise<void> {
  const svg = takeAway({
    title: figure
      .querySelector('figcaption strong')!
      .textContent.replace(/^Figure \d+\. |\.$/g, ''),
    words: figure.querySelector('.plot')!.ariaLabel ?? '',
    stamp: [...choicesOf(figure), ...stampOf(figure)],
    ...picture,
  });
  const file =
    type === 'svg'
      ? new Blob([withTheme(svg, theme)], { type: 'image/svg+xml' })
      : await pixelsOf(inLight(svg, theme));
  save(file, `${name}.${type}`);
}

/** What is chosen in a figure's controls, in the page's words. */
const choicesOf = (figure: HTMLElement): string[] =>
  [...figure.querySelectorAll<HTMLSelectElement>('.controls select')].map(
    ({ labels, selectedOptions }) =>
      `${labels[0]!.firstChild!.textContent!.trim()}: ${selectedOptions[0]!.text}`,
  );

const stampOf = (figure: HTMLElement): string[] =>
  [...figure.querySelectorAll('.stamp [data-fact]')]
    .map(({ textContent }) => textContent.replaceAll(/\s+/g, ' ').trim())
    .filter((fact) => fact !== '');

async function pixelsOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * DENSITY;
  canvas.height = image.naturalHeight * DENSITY;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob === null ? reject(new Error('the browser drew no picture')) : resolve(blob),
    );
  });
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
