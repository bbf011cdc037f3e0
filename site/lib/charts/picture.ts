import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { CACHE_DIR } from './cache.ts';
import { inLight } from './theme-colors.ts';

/** Twice as many pixels as the drawing has, for screens that show them and for print. */
const DENSITY = 144;
/** The narrow cut has about the widths that the drawing was laid out with. */
const FONT = 'DejaVu Sans Condensed';
const FONT_PACKAGE = 'dejavu-fonts-ttf/package.json';

/**
 * An SVG as PNG, on light ground, in a font of this project's: the same on every machine.
 * @param svg its colours are CSS variables
 * @param theme the style sheet that defines them, light first
 */
export async function pictureOf(svg: string, theme: string): Promise<Buffer> {
  useOwnFonts();
  const plain = inLight(svg, theme).replaceAll('system-ui, sans-serif', FONT);
  return sharp(Buffer.from(plain), { density: DENSITY }).png({ compressionLevel: 9 }).toBuffer();
}

/**
 * Let text be drawn in the project's fonts, whatever the machine has. They are looked for once, when the first text is
 * drawn: what names their folder has to be there by then.
 */
export function useOwnFonts(): void {
  if (process.env.FONTCONFIG_FILE !== undefined) return;
  const dir = resolve(CACHE_DIR, 'fonts');
  const ttf = join(dirname(createRequire(import.meta.url).resolve(FONT_PACKAGE)), 'ttf');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'fonts.conf');
  writeFileSync(file, `<fontconfig><dir>${ttf}</dir><cachedir>${dir}</cachedir></fontconfig>`);
  process.env.FONTCONFIG_FILE = file;
}
