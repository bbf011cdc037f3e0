import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { WriteStream } from 'node:tty';
import { byteCount, withProgress } from '../engine/progress.ts';
import { sha256OfFile } from './formats/hash-file.ts';
import { blobOf, snapshotFiles, snapshotOf } from './hub/cache.ts';
import type { RemoteFile } from './hub/download.ts';
import { commitOf, fetchFiles, listRemote } from './hub/fetch-files.ts';
import type { Hub, Source } from './hub/hub.ts';
import { Refusal } from './hub/request.ts';

/** A GGUF file, determined by its SHA-256 (64 hex digits), and the places that may have it. */
export interface GgufChoice {
  readonly sha256: string;
  readonly places: readonly (LocalPlace | HubPlace)[];
}

interface LocalPlace {
  /** From the folder that a study's paths are relative to, or absolute. */
  readonly path: string;
}

interface HubPlace {
  /** `owner/name` */
  readonly hub: string;
  /** A commit or a branch. */
  readonly revision: string;
  readonly file: string;
}

export interface SearchOptions {
  /** The folder that the paths of places are relative to. */
  readonly root: string;
  readonly hub: Hub;
  readonly output: WriteStream;
}

/** The file's name without `.gguf`, wherever its bytes come from. */
export const ggufName = ({ places }: GgufChoice): string => {
  const place = places.find(isOnHub) ?? places[0]!;
  return basename(isOnHub(place) ? place.file : place.path, '.gguf');
};

/**
 * Find a GGUF file on this machine: at a local place, or in the hub's cache. A file with other bytes is named in one
 * line; one in the cache is removed, because its name there is the hash that it should have.
 * @returns its path; null where it is at none of them
 */
export function findCopy({ sha256, places }: GgufChoice, options: SearchOptions): string | null {
  const { root, hub, output } = options;
  const local = places.flatMap((place) => (isOnHub(place) ? [] : [resolve(root, place.path)]));
  const onHub = places.filter(isOnHub);
  const blobs = new Set(onHub.map((place) => blobOf(hub, place.hub, sha256)));
  const files = onHub.flatMap((place) => snapshotFiles(hub, place.hub, place.file));
  for (const path of [...local, ...blobs, ...files]) {
    if (!existsSync(path)) continue;
    const found = sha256OfFile(path);
    if (found === sha256) return path;
    const isBlob = blobs.has(path);
    if (isBlob) rmSync(path);
    output.write(
      `note: ${path} has the SHA-256 ${found}, and the study names ${sha256}: ${isBlob ? 'removed' : 'not used'}\n`,
    );
  }
  return null;
}

/**
 * Fetch a GGUF file into the hub's cache from the first place on the hub that has it. A place that refuses it, does not
 * have it or has other bytes is named in one line.
 * @returns its path
 * @throws one line that names every place, and the remedy
 */
export async function fetchGguf(choice: GgufChoice, options: SearchOptions): Promise<string> {
  const { hub, output } = options;
  for (const place of hub.offline ? [] : choice.places.filter(isOnHub))
    try {
      return await fetchFrom(place, choice.sha256, options);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      output.write(`note: ${error.message}\n`);
    }
  const cause = hub.offline ? ', and HF_HUB_OFFLINE is set' : '';
  throw new Error(
    `no place has ${ggufName(choice)}.gguf (SHA-256 ${choice.sha256}): ${choice.places.map(nameOf).join(', ')}${cause}: name it with --model FILE.gguf`,
  );
}

/** The size of a GGUF file, from the first place on the hub that lists it; null where none does. */
export async function remoteSize({ sha256, places }: GgufChoice, hub: Hub): Promise<string | null> {
  for (const place of hub.offline ? [] : places.filter(isOnHub))
    try {
      const { file } = await findOnHub(place, sha256, hub);
      return byteCount(file.size);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  return null;
}

const isOnHub = (place: LocalPlace | HubPlace): place is HubPlace => 'hub' in place;

const nameOf = (place: LocalPlace | HubPlace): string =>
  isOnHub(place) ? `${place.hub} (${place.file} at ${place.revision})` : place.path;

async function fetchFrom(place: HubPlace, sha256: string, options: SearchOptions): Promise<string> {
  const { hub, output } = options;
  const { source, file } = await findOnHub(place, sha256, hub);
  await withProgress(`fetching ${source.repo}/${file.path}`, output, (report) =>
    fetchFiles(hub, source, [file], report),
  );
  const blob = blobOf(hub, source.repo, sha256);
  return existsSync(blob) ? blob : join(snapshotOf(hub, source), file.path);
}

/**
 * Find a file in its repository by its hash, whatever its name, or else by its name. Git LFS files are listed with their
 * SHA-256; others are checked when they are downloaded.
 */
async function findOnHub(
  place: HubPlace,
  sha256: string,
  hub: Hub,
): Promise<{ source: Source; file: RemoteFile }> {
  const { hub: repo, revision, file: path } = place;
  const source = { repo, revision: await commitOf(hub, { repo, revision }) };
  const files = await listRemote(hub, source, dirname(path));
  const file =
    files.find(({ etag }) => etag === sha256) ?? files.find((other) => other.path === path);
  if (!file) throw new Refusal(`${repo}: no ${path} at revision ${revision}`);
  if (file.etag.length === sha256.length && file.etag !== sha256)
    throw new Refusal(
      `${repo}: ${path} has the SHA-256 ${file.etag}, and the study names ${sha256}: not used`,
    );
  return { source, file: { ...file, etag: sha256 } };
}
