import { parse } from 'yaml';
import { z } from 'zod';
import termsFile from '../../../content/glossary.yaml?raw';
import referencesFile from '../../../content/references.yaml?raw';

const Term = z.strictObject({ name: z.string(), means: z.string() });
const Reference = z.strictObject({ cite: z.string(), text: z.string(), url: z.url() });

export type Term = z.infer<typeof Term>;
export type Reference = z.infer<typeof Reference>;

/** Words of the field, by id, in the order of their names. */
export const TERMS: ReadonlyMap<string, Term> = read(termsFile, Term, ({ name }) => name);

/** What the text cites, by id, in the order of how it is cited. */
export const REFERENCES: ReadonlyMap<string, Reference> = read(
  referencesFile,
  Reference,
  ({ cite }) => cite,
);

/** @throws `content/glossary.yaml: no term: sae2` */
export const term = (id: string): Term => entry(TERMS, id, 'content/glossary.yaml: no term');

/** @throws `content/references.yaml: no reference: x` */
export const reference = (id: string): Reference =>
  entry(REFERENCES, id, 'content/references.yaml: no reference');

function read<T>(file: string, schema: z.ZodType<T>, by: (entry: T) => string): Map<string, T> {
  const entries = Object.entries(z.record(z.string(), schema).parse(parse(file)));
  return new Map(entries.sort(([, a], [, b]) => by(a).localeCompare(by(b), 'en')));
}

function entry<T>(entries: ReadonlyMap<string, T>, id: string, fault: string): T {
  const found = entries.get(id);
  if (found === undefined) throw new Error(`${fault}: ${id}`);
  return found;
}
