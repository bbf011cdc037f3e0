import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HTMLElement, type Node, parse } from 'node-html-parser';
import { parse as parseYaml } from 'yaml';
import type { Passage } from './search.ts';

/** Pages of a study, beside its chapters, whose text can be searched. */
const PAGES = ['', 'lists/', 'graph/', 'try/', 'cost/', 'data/'];

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
  for (const aside of main.querySelectorAll(
    'form, noscript, details, script, .stamp, .stills, .hash',
  ))
    aside.remove();
  const passages: Draft[] = [draft('', [textOf(main.querySelector('h1'))])];
  for (const part of main.querySelectorAll(PARTS)) {
    const level = HEADS.indexOf(part.tagName);
    const above = passages.findLast(({ id }) => !id.startsWith('figure-'))!;
    const figure = nearest(part, FIGURE)?.id;
    if (level >= 0 && part.id)
      passages.push(draft(part.id, [...above.heads.slice(0, level), textOf(part)]));
    else if (part.tagName === 'FIGURE' && part.id) {
      const title = textOf(part.querySelector('figcaption strong'));
      const caption = textOf(part.querySelector('figcaption'));
      passages.push({ ...draft(part.id, [...above.heads, title]), texts: [caption] });
    } else if (CELLS.includes(part.tagName)) addCell(figure ? passages.at(-1)! : above, part);
    else if (!figure && nearest(part.parentNode, WHOLE) === null) above.texts.push(textOf(part));
  }
  return passages
    .map(({ id, heads, texts, cells, digits }) => ({
      path: id === '' ? path : `${path}#${id}`,
      title: heads.at(-1)!,
      within: heads.slice(0, -1),
      text: texts.join(' ').trim(),
      cells: cells.join(' '),
      digits: digits.join(' '),
      minor,
    }))
    .filter(({ text, cells, title }) => text !== '' || cells !== '' || title !== '');
}

/** A passage as it is read. */
interface Draft {
  readonly id: string;
  readonly heads: readonly string[];
  readonly texts: string[];
  readonly cells: string[];
  readonly digits: string[];
}

const draft = (id: string, heads: readonly string[]): Draft => ({
  id,
  heads,
  texts: [],
  cells: [],
  digits: [],
});

function addCell({ cells, digits }: Draft, cell: HTMLElement): void {
  const text = textOf(cell);
  if (text !== '') (/\p{L}/u.test(text) ? cells : digits).push(text);
}

const HEADS = ['H1', 'H2', 'H3', 'H4'];
const CELLS = ['TD', 'TH'];
const PARTS = 'h2, h3, h4, p, li, dt, dd, figure, td, th, blockquote';
/** What is read with all that is in it. */
const WHOLE = new Set(['LI', 'DD', 'BLOCKQUOTE', 'TD', 'TH']);
const FIGURE = new Set(['FIGURE']);

/** The nearest element of one of these names, an element itself or one around it: `closest` would read its selector anew for each. */
function nearest(part: HTMLElement | null, names: ReadonlySet<string>): HTMLElement | null {
  for (let at = part; at !== null; at = at.parentNode) if (names.has(at.tagName)) return at;
  return null;
}

/** The words of an element. What a reader sees apart is apart: no blank stands in the source between two blocks. */
function textOf(part: HTMLElement | null): string {
  return part === null ? '' : wordsIn(part).replace(/\s+/g, ' ').trim();
}

function wordsIn(node: Node): string {
  if (!(node instanceof HTMLElement)) return node.text;
  const words = node.childNodes.map(wordsIn).join('');
  return INLINE.has(node.tagName) ? words : ` ${words} `;
}

const INLINE = new Set(
  'A B CITE CODE DATA EM I MARK Q S SMALL SPAN STRONG SUB SUP TIME VAR WBR'.split(' '),
);
