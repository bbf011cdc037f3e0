import { FULL_SIZE_TABLE } from '../queries/full-size.ts';
import { FULL_SIZE, PUBLISHED, publishedFiles, publishedHash } from '../queries/published.ts';
import { RELEASED } from '../queries/released.ts';
import { short } from '../queries/results.ts';
import { releaseWords } from './sae-origin.ts';
import type { Study } from './studies.ts';

/** A table that a result was read from, and the hash of its file. */
export interface Source {
  readonly table: string;
  readonly sha256: string;
}

/** What a result rests on. */
export interface Origin {
  /** Tables of the study. */
  readonly sources: readonly Source[];
  /** Tables of the published exploration. */
  readonly published: readonly Source[];
  /** The rehearsal of the full-size study, where it is published. */
  readonly rehearsal: boolean;
  /** The study's own work, whole or in part. */
  readonly ofStudy: boolean;
  /** Release of the SAEs that the tables are about, where it has a name. */
  readonly release: string | undefined;
}

export function originOf({ manifest }: Study, tables: readonly string[]): Origin {
  const read = Object.values(manifest.files).filter(({ table }) => tables.includes(table));
  const published = Object.entries(PUBLISHED)
    .filter(([table]) => tables.includes(table))
    .map(([table, file]) => ({ table, sha256: publishedHash(file) }));
  const rehearsal = tables.includes(FULL_SIZE_TABLE) && publishedFiles().includes(FULL_SIZE);
  return {
    rehearsal,
    sources: read.map(({ table, sha256 }) => ({ table, sha256 })),
    published,
    ofStudy: read.length > 0 || (published.length === 0 && !rehearsal),
    release: read.find(({ metadata }) => metadata.sae_release)?.metadata.sae_release ?? undefined,
  };
}

/** What a figure rests on in words, for a drawing that leaves the page. */
export function stampWords(
  study: Study,
  tables: readonly string[],
  { n, saes }: { readonly n: string; readonly saes: string | undefined },
): string[] {
  const { kind, model_kind, model, model_revision, seed } = study.manifest;
  const { sources, published, rehearsal, ofStudy, release } = originOf(study, tables);
  const hashed = ({ table, sha256 }: Source) => `${table} ${short(sha256)}`;
  return [
    ...(published.length > 0
      ? [`Gemma 2 2B, released data, ${RELEASED.name} ${RELEASED.revision}`]
      : []),
    ...(rehearsal
      ? [
          `Gemma 2 2B’s shape, not its weights; ${FULL_SIZE_TABLE} ${short(publishedHash(FULL_SIZE))}`,
        ]
      : []),
    ...(ofStudy
      ? [
          `study ${study.name}${kind === 'miniature' ? ', not Gemma' : model_kind === 'base' ? ', a base model' : ''}`,
          `model ${model} ${short(model_revision)}`,
        ]
      : []),
    ...(release ? [`SAEs ${releaseWords(release)}`] : []),
    ...(saes ? [saes] : []),
    `n = ${n}`,
    ...(ofStudy ? [`seed ${seed}`] : []),
    ...[...sources, ...published].map(hashed),
  ];
}
