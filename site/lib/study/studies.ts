import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { type ClaimInStudy, claimsByStudy } from '../queries/claims.ts';
import { type Database, openDatabase } from '../queries/query.ts';
import { findResults, type Results } from '../queries/results.ts';
import { modelLabel } from './known-studies.ts';

/** A study that the report is built from. */
export interface Study {
  readonly name: string;
  /** What its pages' paths begin with: nothing for the study that the site opens with. */
  readonly prefix: string;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly database: Database;
}

/** All studies, opened once for the whole build. The first is the one that the site opens with. */
export const allStudies = (): Promise<readonly Study[]> => {
  opened ??= open();
  return opened;
};

async function open(): Promise<readonly Study[]> {
  const studies = await Promise.all(
    placesOf(findResults()).map(async ({ results, ...place }) => ({
      ...place,
      ...results,
      database: await openDatabase(results),
    })),
  );
  await shareClaims(studies);
  return studies;
}

/** Tell every study's database what each study says of the write-up's claims; the miniature is the last. */
export async function shareClaims(
  studies: readonly Pick<Study, 'manifest' | 'database'>[],
): Promise<void> {
  const found = studies.map(async ({ manifest, database }) =>
    (await database.all('FROM claims')).map(
      ({ claim_id, verdict, value }): ClaimInStudy => ({
        study: manifest.study,
        model: modelLabel(manifest),
        claim_id: String(claim_id),
        verdict: String(verdict),
        value: String(value),
      }),
    ),
  );
  const claims = (await Promise.all(found)).flat();
  for (const { database } of studies) await database.all(claimsByStudy(claims));
}

let opened: Promise<readonly Study[]> | undefined;

/** Where the pages of each study's results lie: those of the first at the root, each other's under its name. */
export const placesOf = (found: readonly Results[]) =>
  found.map((results, i) => ({
    name: results.manifest.study,
    prefix: i === 0 ? '' : `${results.manifest.study}/`,
    results,
  }));

/** The paths of a page that every study has. */
export const studyPaths = async () => (await allStudies()).map(studyPath);

/** The path of a page of one study. */
export const studyPath = (study: Study) => ({
  params: { study: study.prefix.slice(0, -1) || undefined },
  props: { study },
});
