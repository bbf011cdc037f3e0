import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HTMLElement, parse } from 'node-html-parser';
import { parse as parseYaml } from 'yaml';
import type { Passage } from './search.ts';

/** Pages of a study, beside its chapters, whose text can be searched. */
const PAGES = ['', 'samples/', 'attribution/', 'ablation/', 'graph/', 'cost/', 'data/'];

/** The paths of all chapters, of which a study may lack some. */
const chapterPaths = (): string[] =>
  Object.keys(parseYaml(readFileSync('content/chapters.yaml', 'utf8'))).map((id) => `${id}/`);

/** A study, as far as its pages' places go. */
export interface Place {
  readonly name: string;
  /** What its pages' paths begin with. */
  readonly prefix: string;
}

/**
 * Write what a study's pages say, passage by passage, beside its other files. It is read from the built pages, so that
 * the numbers of the prose can be found, too.
 * @param dist the built site
 */
export function writeSearchIndex(dist: string, { name, prefix }: Place): void {
  const fileOf = (page: string) => join(dist, prefix, page, 'index.html');
  const passages = [...PAGES, ...chapterPaths()]
    .filter((page) => existsSync(fileOf(page)))
    .flatMap((page) =>
      passagesOf(readFileSync(fileOf(page), 'utf8'), `${prefix}${page}`, page === 'data/'),
    );
  writeFileSync(join(dist, 'data', name, 'search.json'), JSON.stringify(passages));
}

/** The passages of a page: what stands under each of its heads, and each of its figures by itself. */
export function passagesOf(html: string, path: string, minor = false): Passage[] {
  const main = parse(html, { blockTextElements: { script: false, style: false } }).querySelector(
    'main',
  );
  if (main === null) throw new Error(`${path}: no <main>`);
  for (const aside of main.querySelectorAll('form, noscript, details, .stamp, .stills, .hash'))
    aside.remove();
  const title = textOf(main.querySelector('h1'));
  const passages: { id: string; heads: string[]; texts: string[] }[] = [
    { id: '', heads: [title], texts: [] },
  ];
  for (const part of main.querySelectorAll(PARTS)) {
    const level = HEADS.indexOf(part.tagName);
    const above = passages.findLast(({ id }) => !id.startsWith('figure-'))!;
    if (level >= 0 && part.id) {
      const heads = [...above.heads.slice(0, level), textOf(part)];
      passages.push({ id: part.id, heads, texts: [] });
    } else if (part.tagName === 'FIGURE' && part.id)
      passages.push({
        id: part.id,
        heads: [...above.heads, textOf(part.querySelector('figcaption strong'))],
        texts: [textOf(part)],
      });
    else if (!part.closest('figure')?.id) above.texts.push(textOf(part));
  }
  return passages
    .map(({ id, heads, texts }) => ({
      path: id === '' ? path : `${path}#${id}`,
      title: heads.at(-1)!,
      within: heads.slice(0, -1),
      text: texts.join(' ').trim(),
      minor,
    }))
    .filter(({ text, title }) => text !== '' || title !== '');
}

const HEADS = ['H1', 'H2', 'H3', 'H4'];
const PARTS = 'h2, h3, h4, p, li, dt, dd, figure, td, blockquote';

const textOf = (part: HTMLElement | null): string =>
  (part?.structuredText ?? '').replace(/\s+/g, ' ').trim();
