import sharp from 'sharp';
import { scheme } from 'vega';
import type { CellGrid } from './figure.ts';

/** The colours of cells from 0 to 1, the same as the scale `viridis` of a live chart. */
const COLOR: (value: number) => string = scheme('viridis');

/** Cells as a PNG of one pixel each, in a data URI; the first row is at the top. */
export async function cellPicture({ width, height, cells }: CellGrid): Promise<string> {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set(rgb(0), 3 * i);
  for (const { x, y, value } of cells) pixels.set(rgb(value), 3 * (y * width + x));
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ palette: true, compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

const rgb = (value: number): number[] => COLOR(value).match(/\d+/g)!.map(Number);
