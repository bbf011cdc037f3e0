import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, readManifest, verify, writeManifest } from '../schema/manifest.ts';

/**
 * Tables that are not published with a study of a real model, because they are large and the report reads none of their
 * rows: of the first two it reads the means, in `logit_lens_summary`, of the others the features that were edited, in
 * `ablation_edits`. Computing the study makes them again.
 */
export const UNPUBLISHED: readonly string[] = [
  'logit_lens',
  'layer_contributions',
  'swap_attributions',
  'active_features',
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
  const partial = `${published}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const file of Object.keys(kept.files))
    copyFileSync(join(results, file), join(partial, file));
  writeManifest(partial, kept);
  replaceFolder(partial, published);
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

/** Put a folder in the place of another. A folder that holds files cannot be renamed over: the old one steps aside first. */
function replaceFolder(partial: string, target: string): void {
  const old = `${target}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(partial, target);
  rmSync(old, { recursive: true, force: true });
}
