import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Manifest,
  readManifest,
  verify,
  writeManifest,
} from '../../../pipeline/schema/manifest.ts';
import { folderAside } from '../../../pipeline/schema/replace-folder.ts';

/** One study's tables, every one of them as its manifest says. */
export interface Results {
  readonly dir: string;
  /** The folder that they come from: another one where a build has pinned them. */
  readonly place: string;
  readonly manifest: Manifest;
  /** Of a study that is published: which of its tables are used, and why. */
  readonly choice: string | null;
}

/** Beside the tables: the views that open them together. */
export const DATABASE = 'study.duckdb';

/**
 * Pin the studies that a build shows, so that all its pages and files show one state of each, whatever is computed meanwhile. The
 * folder gets links to the files as they are: a compute puts others in their places, and leaves these what they are.
 * @param find the studies, verified; asked again where files were replaced before all were pinned
 * @param dir the folder, of this process; it is removed when the process ends
 */
export function pinResults(find: () => Results[], dir: string): Results[] {
  const { partial, discard } = folderAside(resolve(dir));
  process.once('exit', discard);
  for (let attempt = 1; ; attempt++)
    try {
      discard();
      const pinned = find().map((results) => pin(results, join(partial, results.manifest.study)));
      process.env[PINNED] = JSON.stringify(pinned.map(({ manifest: _, ...where }) => where));
      return pinned;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
}

/** A compute replaces a stage's tables, and then the manifest, within less time than this. */
const PAUSE = 300; // milliseconds
const ATTEMPTS = 4;

/** What this process has pinned; null where it has pinned nothing. The site's bundled code is another copy of this module. */
export function pinnedResults(): Results[] | null {
  const pinned = process.env[PINNED];
  if (pinned === undefined) return null;
  const places: readonly Omit<Results, 'manifest'>[] = JSON.parse(pinned);
  return places.map((where) => ({ ...where, manifest: manifestIn(where.dir) }));
}

const PINNED = 'PINNED_RESULTS';

/** The folders whose tables are no longer those that were pinned. */
export const changedSince = (pinned: readonly Results[]): string[] =>
  pinned
    .filter(
      ({ place, manifest }) => JSON.stringify(readManifest(place)) !== JSON.stringify(manifest),
    )
    .map(({ place }) => place);

function pin(results: Results, dir: string): Results {
  const { place, manifest } = results;
  mkdirSync(dir, { recursive: true });
  for (const file of [...Object.keys(manifest.files), DATABASE])
    if (existsSync(join(place, file))) link(join(place, file), join(dir, file));
  writeManifest(dir, manifest);
  const [fault] = verify(dir, manifest);
  if (fault !== undefined) throw new Error(`${place}/${fault}: run the build again`);
  return { ...results, dir };
}

/** Some file systems have no links, and none has any to another one. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function manifestIn(dir: string): Manifest {
  const manifest = readManifest(dir);
  if (manifest !== null) return manifest;
  throw new Error(`${dir}: removed while the build ran: build again`);
}
