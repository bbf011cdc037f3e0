import { parse } from 'yaml';
import { z } from 'zod';

const Citation = z.object({
  title: z.string(),
  authors: z.array(
    z.union([
      z.object({ name: z.string() }),
      z.object({ 'given-names': z.string(), 'family-names': z.string() }),
    ]),
  ),
  version: z.string(),
  'date-released': z.iso.date(),
  'repository-code': z.url().optional(),
});

/** How this work is cited. */
export interface Citation {
  readonly title: string;
  readonly authors: readonly string[];
  readonly version: string;
  /** `2026-11-29` */
  readonly date: string;
  /** Where the code is, once that is public. */
  readonly repository: string | undefined;
}

/** Read a `CITATION.cff`. @throws where a field that is needed is missing or no such thing */
export function readCitation(text: string): Citation {
  const read = Citation.parse(parse(text));
  return {
    title: read.title,
    authors: read.authors.map((author) =>
      'name' in author ? author.name : `${author['given-names']} ${author['family-names']}`,
    ),
    version: read.version,
    date: read['date-released'],
    repository: read['repository-code'],
  };
}

/** How it is cited, for a bibliography. @param url of the page that is cited */
export function bibtexOf({ title, authors, version, date }: Citation, url?: string): string {
  const fields = {
    title: `{${title}}`,
    author: authors
      .map((author) => (author.startsWith('The ') ? `{${author}}` : author))
      .join(' and '),
    year: date.slice(0, 4),
    version,
    ...(url && { url }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `  ${name} = {${value}},`);
  return ['@misc{how-a-list-ends,', ...lines, '}'].join('\n');
}
