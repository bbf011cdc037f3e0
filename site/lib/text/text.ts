import type { MDXInstance } from 'astro';
import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { hasRows } from '../study/has-rows.ts';

/** One section of the write-up, a file of `content/`. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly Content: MDXInstance<Frontmatter>['Content'];
  /** Its headings. */
  readonly parts: readonly { readonly id: string; readonly title: string }[];
  /** The figures that it shows, in order. */
  readonly figures: readonly string[];
  /** Whether it is a page of its own, under its id, and not a part of the report's. */
  readonly apart: boolean;
}

interface Frontmatter {
  readonly title: string;
  /** Its place in the reading. */
  readonly order: number;
  /** The kind of study that it is about; every kind where none is given. */
  readonly kind?: Manifest['kind'];
  /** The table that it is about: studies in which that has no rows are without the section. */
  readonly table?: string;
  readonly apart?: boolean;
}

const pages = import.meta.glob<MDXInstance<Frontmatter>>('/content/*.mdx', { eager: true });
const sources = import.meta.glob<string>(['/content/*.mdx', '/site/figures/*/caption.mdx'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

/** The sections that a study has, in reading order. */
export const sectionsOf = (manifest: Pick<Manifest, 'kind' | 'files'>): Section[] =>
  Object.entries(pages)
    .filter(
      ([
        ,
        {
          frontmatter: { kind, table },
        },
      ]) => {
        return (kind ?? manifest.kind) === manifest.kind && (!table || hasRows(manifest, table));
      },
    )
    .sort(([, a], [, b]) => a.frontmatter.order - b.frontmatter.order)
    .map(([path, { frontmatter, Content, getHeadings }]) => ({
      id: idOf(path),
      title: frontmatter.title,
      Content,
      parts: getHeadings()
        .filter(({ depth }) => depth === 3)
        .map(({ slug, text }) => ({ id: slug, title: text })),
      figures: figuresIn(sources[path]!),
      apart: frontmatter.apart ?? false,
    }));

/** The titles of the sections that a study will have: those about tables that its stages write, and have not written yet. */
export const sectionsToCome = (
  { files }: Pick<Manifest, 'files'>,
  declared: ReadonlySet<string>,
): string[] =>
  Object.values(pages)
    .map(({ frontmatter }) => frontmatter)
    .filter(({ table = '' }) => declared.has(table) && !hasTable(files, table))
    .sort((a, b) => a.order - b.order)
    .map(({ title }) => title);

const hasTable = (files: Manifest['files'], name: string): boolean =>
  Object.values(files).some(({ table }) => table === name);

/** Whether a section is there, for whichever kind of study. */
export const hasSection = (id: string): boolean => Object.keys(pages).map(idOf).includes(id);

const idOf = (path: string): string => /\/(?:\d+-)?([\w-]+)\.mdx$/.exec(path)![1]!;

/** A figure's number: its place in the text, those of pages of their own last, so that no page leaves any out; null where the study is without the section that shows it. */
export function figureNumber(
  manifest: Pick<Manifest, 'kind' | 'files'>,
  id: string,
): number | null {
  if (!Object.values(sources).some((text) => figuresIn(text).includes(id)))
    throw new Error(`no section shows figure ${id}`);
  const sections = sectionsOf(manifest);
  const ordered = [
    ...sections.filter(({ apart }) => !apart),
    ...sections.filter(({ apart }) => apart),
  ];
  const shown = ordered.flatMap(({ figures }) => figures);
  return shown.includes(id) ? shown.indexOf(id) + 1 : null;
}

const figuresIn = (text: string): string[] =>
  [...text.matchAll(/<Figure id="([\w-]+)"/g)].map(([, id]) => id!);

/** The path of the page that a figure stands on: nothing for the report itself. */
export function pageOf(manifest: Manifest, figure: string): string {
  const section = sectionsOf(manifest).find(({ figures }) => figures.includes(figure));
  return section?.apart ? `${section.id}/` : '';
}

/** The file and line in which a query is written, for an error's message. */
export function whereWritten(sql: string): string {
  const found = Object.entries(sources).find(([, text]) => text.includes(sql));
  if (found === undefined) return 'content';
  const [path, text] = found;
  return `${path.slice(1)}:${text.slice(0, text.indexOf(sql)).split('\n').length}`;
}
