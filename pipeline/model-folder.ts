import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Study } from './config.ts';
import { sha256 } from './tables/manifest.ts';

/** A model's files on this machine, and the revision that identifies their content. */
export interface ModelFolder {
  readonly id: string;
  readonly dir: string;
  /** A commit of the hub, or the hash of the files of a model in this repository. */
  readonly revision: string;
}

/**
 * Find a study's model.
 * @param root the folder that `dir` is relative to
 * @throws where it is not there: what is missing, and how to get it
 */
export function modelFolder(
  { dir, hub, revision }: Study['model'],
  root: string,
  env: NodeJS.ProcessEnv,
): ModelFolder {
  if (dir !== undefined) return localModel(dir, join(root, dir));
  const snapshot = join(hubRepository(hub!, env), 'snapshots', revision!);
  if (!existsSync(join(snapshot, 'config.json')))
    throw new Error(
      `missing model: ${hub} is not in ${snapshot}: accept its licence on huggingface.co, then run "hf download ${hub} --revision ${revision}"`,
    );
  return { id: hub!, dir: snapshot, revision: revision! };
}

/** Where the hub's own clients keep a repository: `refs/` and, by commit, `snapshots/`. */
export function hubRepository(hub: string, env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME, HF_HOME, HF_HUB_CACHE } = env;
  const home = HF_HOME ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  const cache = HF_HUB_CACHE ?? join(home, 'hub');
  return join(cache, `models--${hub.replace('/', '--')}`);
}

function localModel(id: string, dir: string): ModelFolder {
  if (!existsSync(join(dir, 'config.json')))
    throw new Error(`missing model: ${join(dir, 'config.json')}: run "npm run train"`);
  const files = readdirSync(dir).filter((file) => /\.(json|safetensors)$/.test(file));
  const hashes = files.sort().map((file) => `${file} ${sha256(readFileSync(join(dir, file)))}`);
  return { id, dir, revision: sha256(hashes.join('\n')) };
}
