import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIRoute } from 'astro';
import { MANIFEST } from '../../../../pipeline/schema/manifest.ts';
import { DATABASE } from '../../../lib/queries/pinned-results.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

/** Beside the tables: where they come from, and the views that open them together. */
const COMPANIONS = [MANIFEST, DATABASE];

export const getStaticPaths = async () =>
  (await allStudies()).flatMap((study) =>
    [...Object.keys(study.manifest.files), ...COMPANIONS]
      .filter((file) => existsSync(join(study.dir, file)))
      .map((file) => ({ params: { study: study.name, file }, props: { study } })),
  );

/** A study's own files, to take away. */
export const GET: APIRoute<{ study: Study }> = ({ props: { study }, params: { file } }) =>
  new Response(readFileSync(join(study.dir, file!)));
