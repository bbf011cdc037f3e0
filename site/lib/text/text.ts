import type { MDXInstance } from 'astro';
import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { hasRows } from '../study/has-rows.ts';
import { CHAPTER_LIST, FRONT } from './chapter-list.ts';

/** One section of the write-up, a file of `content/`. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly Content: MDXInstance<Frontmatter>['Content'];
  /** Its headings. */
  readonly parts: readonly { readonly id: string; readonly title: string }[];
  /** The figures that it shows, in order. */
  readonly figures: readonly string[];
  /** The chapter that it is part of. */
  readonly chapter: string;
  /** Whether it is a page of its own, under its id, to which its chapter links. */
  readonly apart: boolean;
  /** The path of its page after a study's own: nothing for the front page. */
  readonly path: string;
  /** Ids under which old addresses know it. */
  readonly was: readonly string[];
  /** The terms and references that its words lead to. */
  readonly terms: readonly string[];
  readonly references: readonly string[];
}

interface Frontmatter {
  readonly title: string;
  readonly chapter: string;
  /** Its place in the chapter. */
  readonly order: number;
  /** The kind of study that it is about; every kind where none is given. */
  readonly kind?: Manifest['kind'];
  /** The table that it is about: studies in which that has no rows are without the section. */
  readonly table?: string;
  readonly apart?: boolean;
  readonly was?: readonly string[];
}

const pages = import.meta.glob<MDXInstance<Frontmatter>>('/content/*.mdx', { eager: true });
const sources = import.meta.glob<string>(['/content/*.mdx', '/site/figures/*/caption.mdx'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

/** What a text's components of one kind are about, in order, each once. */
const namedIn = (text: string, component: 'Figure' | 'Term' | 'Cite'): string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(`<${component} id="([\\w-]+)"`, 'g'))].map(([, id]) => id!),
  ),
];

/** The figures, terms and references of each text, by its path. */
const named = new Map(
  Object.entries(sources).map(([path, text]) => [
    path,
    {
      figures: namedIn(text, 'Figure'),
      terms: namedIn(text, 'Term'),
      references: namedIn(text, 'Cite'),
    },
  ]),
);

type Shown = Pick<Manifest, 'kind' | 'files'>;

/** The sections that a study has, in reading order: every figure and link asks for them. */
export function sectionsOf(manifest: Shown): readonly Section[] {
  const known = sectionsBy.get(manifest) ?? findSections(manifest);
  sectionsBy.set(manifest, known);
  return known;
}

const sectionsBy = new WeakMap<Shown, readonly Section[]>();

const findSections = (manifest: Shown): Section[] =>
  Object.entries(pages)
    .filter(([, { frontmatter }]) => isOf(manifest, frontmatter))
    .sort(([, a], [, b]) => inReadingOrder(a.frontmatter, b.frontmatter))
    .map(([path, { frontmatter, Content, getHeadings }]) => {
      const { title, chapter, apart = false, was = [] } = frontmatter;
      const id = idOf(path);
      return {
        id,
        title,
        chapter,
        apart,
        was,
        path: apart ? `${id}/` : chapter === FRONT ? '' : `${chapter}/`,
        Content,
        parts: getHeadings()
          .filter(({ depth }) => depth === 3)
          .map(({ slug, text }) => ({ id: slug, title: text })),
        ...named.get(path)!,
      };
    });

const isOf = (manifest: Shown, { kind, table }: Pick<Frontmatter, 'kind' | 'table'>): boolean =>
  (kind ?? manifest.kind) === manifest.kind && (!table || hasRows(manifest, table));

function inReadingOrder(a: Frontmatter, b: Frontmatter): number {
  const [left, right] = [a, b].map(({ chapter }) => CHAPTERS.indexOf(chapter)) as [number, number];
  return left - right || a.order - b.order;
}

const CHAPTERS = [...CHAPTER_LIST.keys()];
const [lost] = Object.entries(pages).filter(
  ([, { frontmatter }]) => !CHAPTER_LIST.has(frontmatter.chapter),
);
if (lost !== undefined)
  throw new Error(
    `${lost[0].slice(1)}: no chapter ${lost[1].frontmatter.chapter}: content/chapters.yaml has ${CHAPTERS.join(', ')}`,
  );

/** The titles of the sections that a study will have: those about tables that its stages write, and have not written yet. */
export const sectionsToCome = (
  { files }: Pick<Manifest, 'files'>,
  declared: ReadonlySet<string>,
): string[] =>
  Object.values(pages)
    .map(({ frontmatter }) => frontmatter)
    .filter(({ table = '' }) => declared.has(table) && !hasTable(files, table))
    .sort(inReadingOrder)
    .map(({ title }) => title);

const hasTable = (files: Manifest['files'], name: string): boolean =>
  Object.values(files).some(({ table }) => table === name);

/** Whether a section is there, for whichever kind of study. */
export const hasSection = (id: string): boolean => Object.keys(pages).map(idOf).includes(id);

const idOf = (path: string): string => /\/([\w-]+)\.mdx$/.exec(path)![1]!;

/** A figure's number: its place in the text, those of pages of their own last, so that no page leaves any out; null where the study is without the section that shows it. */
export function figureNumber(manifest: Shown, id: string): number | null {
  if (![...named.values()].some(({ figures }) => figures.includes(id)))
    throw new Error(`no section shows figure ${id}`);
  const sections = sectionsOf(manifest);
  const ordered = [
    ...sections.filter(({ apart }) => !apart),
    ...sections.filter(({ apart }) => apart),
  ];
  const shown = ordered.flatMap(({ figures }) => figures);
  return shown.includes(id) ? shown.indexOf(id) + 1 : null;
}

/** The path of the page that a figure stands on, after a study's own: nothing for the front page. */
export const pageOf = (manifest: Manifest, figure: string): string =>
  sectionsOf(manifest).find(({ figures }) => figures.includes(figure))?.path ?? '';

/** The file and line in which a query is written, for an error's message. */
export function whereWritten(sql: string): string {
  const found = Object.entries(sources).find(([, text]) => text.includes(sql));
  if (found === undefined) return 'content';
  const [path, text] = found;
  return `${path.slice(1)}:${text.slice(0, text.indexOf(sql)).split('\n').length}`;
}
