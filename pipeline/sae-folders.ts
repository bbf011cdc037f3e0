import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Study } from './config.ts';
import { hubRepository } from './model-folder.ts';
import { FAMILY_DIRS } from './sae/gemma-scope.ts';
import { FAMILIES, type Family } from './sae/sae.ts';
import { sha256 } from './tables/manifest.ts';

/** A study's SAEs on this machine, and what identifies their content. */
export interface SaeFolders {
  /** Release, for the provenance. */
  readonly id: string;
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Commits of the hub's repositories, or the hash of the files of SAEs in this repository. */
  readonly revision: string;
}

/**
 * Find a study's SAEs: a folder with one subfolder a family, or the hub's repositories `hub-res`, `hub-att`, …
 * @param root the folder that `dir` is relative to
 * @throws where they are not there: what is missing, and how to get it
 */
export function saeFolders(
  { dir, hub, ids }: Study['saes'],
  root: string,
  env: NodeJS.ProcessEnv,
): SaeFolders {
  const wanted = FAMILIES.filter((family) => ids.some((id) => id.startsWith(`${family}_`)));
  if (dir !== undefined) return localSaes(dir, join(root, dir), wanted);
  const found = wanted.map((family) => {
    const name = `${hub}-${FAMILY_DIRS[family]}`;
    const repository = hubRepository(name, env);
    const commit = join(repository, 'refs/main');
    if (!existsSync(commit))
      throw new Error(`missing SAEs: ${name} is not in ${repository}: run "hf download ${name}"`);
    const revision = readFileSync(commit, 'utf8').trim();
    return { family, revision, dir: join(repository, 'snapshots', revision) };
  });
  return {
    id: hub!,
    dirs: Object.fromEntries(found.map(({ family, dir }) => [family, dir])),
    revision: found.map(({ family, revision }) => `${family} ${revision}`).join(', '),
  };
}

function localSaes(id: string, dir: string, wanted: readonly Family[]): SaeFolders {
  const dirs = Object.fromEntries(wanted.map((family) => [family, join(dir, FAMILY_DIRS[family])]));
  for (const at of Object.values(dirs))
    if (!existsSync(at)) throw new Error(`missing SAEs: ${at}: run "npm run train -- saes"`);
  const files = globSync('**/*.npz', { cwd: dir }).sort();
  const hashes = files.map((file) => `${file} ${sha256(readFileSync(join(dir, file)))}`);
  return { id, dirs, revision: sha256(hashes.join('\n')) };
}
