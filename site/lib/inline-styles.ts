import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const STYLE_SHEET = /<link rel="stylesheet" href="([^"]+)">/g;

/**
 * Put a built page's style sheets into it: a reader's first page is painted without waiting for another file. On the
 * thousands of others the sheets are files, which the reader by then has.
 * @param dist the built site
 */
export function inlineStyles(dist: string, page: string): void {
  const path = join(dist, page, 'index.html');
  const html = readFileSync(path, 'utf8').replace(STYLE_SHEET, (_, href: string) => {
    return `<style>${readFileSync(join(dist, '_astro', basename(href)), 'utf8')}</style>`;
  });
  writeFileSync(path, html);
}
