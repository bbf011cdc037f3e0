import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WriteStream } from 'node:tty';
import { withProgress, withProgressSync } from '../engine/progress.ts';
import { TEMPLATE_FILE } from './formats/chat-template.ts';
import { ADAPTER, shardsOf } from './formats/safetensors.ts';
import { hasTemplate } from './formats/tokenizer.ts';
import { unpackedBefore, unpackGguf } from './gguf-model.ts';
import { fetchGguf, findCopy, type GgufChoice, ggufName, remoteSize } from './gguf-places.ts';
import { hashFiles } from './hash-files.ts';
import { isKnownAbsent, missingOf, noteAbsent, snapshotOf } from './hub/cache.ts';
import { fetchFiles, listRemote, refuseOffline } from './hub/fetch-files.ts';
import type { Hub, Source } from './hub/hub.ts';

/** The folder of a model's files, and the revision that identifies their content. */
export interface ModelFolder {
  readonly id: string;
  readonly dir: string;
  /** A commit of the hub, the hash of a local folder's files, or that of a GGUF file. */
  readonly revision: string;
  /** The file of the code that made the folder from a GGUF file; left out where none did. */
  readonly unpackedBy?: string;
}

/** A model: a folder of this repository, a repository of the hub at one commit, or a GGUF file. */
export interface ModelChoice {
  readonly dir?: string | undefined;
  readonly hub?: string | undefined;
  readonly revision?: string | undefined;
  readonly gguf?: GgufChoice | undefined;
}

/** Where the models and SAEs of a study are looked up. */
export interface LookupOptions {
  /** The folder that a study's `dir` is relative to. */
  readonly root: string;
  readonly hub: Hub;
  readonly output: WriteStream;
  /** False if config.json, which determines the shapes, is enough. */
  readonly withWeights?: boolean;
  /** A folder, or a GGUF file of a model, to use in place of the one that the study names. */
  readonly override?: string | undefined;
}

/**
 * Find a study's model. Files of a model on the hub that are not in the cache are fetched.
 * @throws one line: what is missing, and how to get it
 */
export async function modelFolder(
  choice: ModelChoice,
  options: LookupOptions,
): Promise<ModelFolder> {
  const { root, hub, output, override, withWeights = true } = options;
  const { dir, gguf, hub: repo, revision } = choice;
  const id = repo ?? dir ?? ggufName(gguf!);
  if (override !== undefined && /\.gguf$/i.test(override))
    return givenGguf(id, override, gguf, options);
  if (override !== undefined) return localModel(id, override, 'name its folder', output);
  if (gguf !== undefined) return ggufModel(id, gguf, options);
  if (dir !== undefined) return localModel(id, resolve(root, dir), 'run "npm run train"', output);
  const source = { repo: repo!, revision: revision! };
  await fetchModel(hub, source, output, withWeights);
  return { id, dir: snapshotOf(hub, source), revision: source.revision };
}

/** Whether all files of a model on the hub are in the cache. */
export function isCached(hub: Hub, source: Source): boolean {
  return missingFiles(hub, source).length === 0;
}

const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';
const NEEDED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const WANTED =
  /^((config|generation_config|special_tokens_map|tokenizer\w*)\.json|chat_template\.jinja)$/;

/** The required files that are not in the cache. */
function missingFiles(hub: Hub, source: Source, withWeights = true): string[] {
  if (!withWeights) return missingOf(hub, source, NEEDED);
  const isThere = (path: string) => missingOf(hub, source, [path]).length === 0;
  const weights = isThere(SINGLE)
    ? []
    : isThere(INDEX)
      ? shardsOf(join(snapshotOf(hub, source), INDEX))
      : [INDEX];
  return missingOf(hub, source, [...NEEDED, ...weights]);
}

async function fetchModel(
  hub: Hub,
  source: Source,
  output: WriteStream,
  withWeights: boolean,
): Promise<void> {
  const missing = missingFiles(hub, source, withWeights);
  if (missing.length === 0 && !mayHaveTemplate(hub, source)) return;
  if (hub.offline) refuseOffline(source, missing);
  const remote = await listRemote(hub, source, '');
  const named = (names: readonly string[]) => remote.filter(({ path }) => names.includes(path));
  const [single] = named([SINGLE]);
  if (withWeights && !single) await fetchFiles(hub, source, named([INDEX]), () => {});
  const weights = !withWeights ? [] : single ? [SINGLE] : weightsOf(hub, source);
  for (const path of [...NEEDED, ...weights])
    if (named([path]).length === 0)
      throw new Error(
        `${source.repo}: no ${path} at revision ${source.revision}: name a model of Hugging Face's layout`,
      );
  if (named([ADAPTER]).length > 0)
    throw new Error(
      `${source.repo}: has an ${ADAPTER}, which changes the weights when it is applied: name a model that it is merged into`,
    );
  if (named([TEMPLATE_FILE]).length === 0) noteAbsent(hub, source, TEMPLATE_FILE);
  const files = remote.filter(({ path }) => WANTED.test(path) || weights.includes(path));
  await withProgress(`fetching ${source.repo}`, output, (report) =>
    fetchFiles(hub, source, files, report),
  );
}

/** Whether a cached model without a chat template may have one in a file of its own, which other tools have not fetched. */
const mayHaveTemplate = (hub: Hub, source: Source): boolean =>
  !hub.offline &&
  !isKnownAbsent(hub, source, TEMPLATE_FILE) &&
  !hasTemplate(snapshotOf(hub, source));

function weightsOf(hub: Hub, source: Source): string[] {
  if (missingOf(hub, source, [INDEX]).length > 0) return [INDEX];
  return shardsOf(join(snapshotOf(hub, source), INDEX));
}

async function localModel(
  id: string,
  dir: string,
  remedy: string,
  output: WriteStream,
): Promise<ModelFolder> {
  if (!existsSync(join(dir, 'config.json')))
    throw new Error(`missing model: ${join(dir, 'config.json')}: ${remedy}`);
  const names = readdirSync(dir).filter((file) => IDENTIFYING.test(file));
  const files = names.sort().map((name) => ({ name, path: join(dir, name) }));
  return { id, dir, revision: await hashFiles(files, dir, output) };
}

/** The files of a folder that its model depends on. */
const IDENTIFYING = /\.(json|safetensors)$|^chat_template\.jinja$/;

/** The GGUF file of a study. A file that was unpacked before is not looked for. */
async function ggufModel(
  id: string,
  gguf: GgufChoice,
  options: LookupOptions,
): Promise<ModelFolder> {
  const unpacked = unpackedBefore(gguf.sha256, cacheIn(options.root));
  if (unpacked) return { id, ...unpacked };
  const copy = findCopy(gguf, options);
  if (copy === null && options.withWeights === false) return refuseUnfetched(gguf, options.hub);
  return unpack(id, copy ?? (await fetchGguf(gguf, options)), options);
}

/** The file that the user names, whatever its bytes: one that is not the study's is said to be another. */
function givenGguf(
  id: string,
  file: string,
  gguf: GgufChoice | undefined,
  options: LookupOptions,
): ModelFolder {
  const model = unpack(id, file, options);
  if (gguf && model.revision !== gguf.sha256)
    options.output.write(
      `note: ${file} is not the file that the study names (SHA-256 ${gguf.sha256})\n`,
    );
  return model;
}

/** Weights are unpacked even where only shapes are wanted: the file has all of them, and it takes seconds. */
function unpack(id: string, file: string, { root, output }: LookupOptions): ModelFolder {
  const unpacked = withProgressSync(`unpacking ${file}`, output, (progress) =>
    unpackGguf(file, cacheIn(root), progress),
  );
  return { id, ...unpacked };
}

const cacheIn = (root: string): string => join(root, 'data/cache/gguf');

/** @throws always: where only shapes are wanted, a file that has all weights, too, is not fetched */
async function refuseUnfetched(gguf: GgufChoice, hub: Hub): Promise<never> {
  const size = await remoteSize(gguf, hub);
  throw new Error(
    `${ggufName(gguf)}.gguf is not on this machine, and the shapes are in it: run without --dry-run, which fetches it${size ? ` (${size})` : ''}, or name it with --model FILE.gguf`,
  );
}
