import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../schema/make-folder.ts';
import { type Manifest, readManifest, verify, writeManifest } from '../schema/manifest.ts';
import { folderAside } from '../schema/replace-folder.ts';
import { writing } from '../schema/write-fault.ts';

/**
 * Tables that are not published with a study of a real model, because they are large and the report reads none of their
 * rows: of the first two it reads the means, in `logit_lens_summary`, of the others the features that were edited, in
 * `ablation_edits`. Computing the study makes them again.
 */
export const UNPUBLISHED: readonly string[] = [
  'logit_lens',
  'layer_contributions',
];

/**
 * Publish a study's tables: a folder of their Parquet files, as they are, and a manifest of these. It is written beside
 * the published folder and then takes its place.
 * @returns the number of tables
 * @throws `data/results/x: …` where the study has no tables, or one is not as its manifest says
 */
export function publishTables(results: string, published: string): number {
  const manifest = readManifest(results);
  if (manifest === null) throw new Error(`${results}: no tables: run the study first`);
  const [fault] = verify(results, manifest);
  if (fault !== undefined) throw new Error(`${results}/${fault}: run the study again`);
  const kept = publishedPart(manifest);
  const { partial, publish, discard } = folderAside(published);
  try {
    makeFolder(partial);
    for (const file of Object.keys(kept.files))
      writing(join(partial, file), () => copyFileSync(join(results, file), join(partial, file)));
    writeManifest(partial, kept);
    publish();
  } finally {
    discard();
  }
  return Object.keys(kept.files).length;
}

/** The manifest without the tables that are not published, and without the stages that wrote no other. */
function publishedPart(manifest: Manifest): Manifest {
  const files = Object.entries(manifest.files).filter(
    ([, { table }]) => !UNPUBLISHED.includes(table),
  );
  const writers = new Set(files.map(([, { stage }]) => stage));
  const stages = Object.entries(manifest.stages).filter(([stage]) => writers.has(stage));
  return { ...manifest, files: Object.fromEntries(files), stages: Object.fromEntries(stages) };
}
