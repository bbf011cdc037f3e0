import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { layerHeuristics } from '../../pipeline/schema/layer-heuristics.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';

const PROGRAM = fileURLToPath(new URL('compute-in.ts', import.meta.url));
const DIE_AT_RENAME = pathToFileURL(join(import.meta.dirname, 'die-at-rename.ts')).href;

/** When a compute is killed: after so many milliseconds, or at one of its renames. */
export type Death =
  | { readonly after: number }
  | { readonly rename: number; readonly side: 'before' | 'after' };

/**
 * Run the stages of the miniature's study in a root, in a process that may be killed meanwhile.
 * @returns whether it was; `false` where it ended before
 * @throws where it fails by itself
 */
export async function computeUntil(
  root: string,
  stages: readonly string[],
  death?: Death,
): Promise<boolean> {
  const atRename = death !== undefined && 'rename' in death;
  const env = atRename ? { [`DIE_${death.side.toUpperCase()}`]: String(death.rename) } : {};
  const options: SpawnOptions = {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  const loaded = atRename ? ['--import', DIE_AT_RENAME] : [];
  const child = spawn(process.execPath, [...loaded, PROGRAM, root, ...stages], options);
  const timer =
    death !== undefined && 'after' in death
      ? setTimeout(() => child.kill('SIGKILL'), death.after)
      : undefined;
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (data) => {
      said += data;
    });
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (signal === 'SIGKILL') return true;
  if (status === 0) return false;
  throw new Error(`compute ended with ${status ?? signal}: ${said}`);
}

/** The hash of every table, by file; of the one with times, nothing, as they differ from run to run. */
export const tableHashes = (root: string): Record<string, string> =>
  Object.fromEntries(
    globSync(join(root, 'data/results/miniature/*.parquet'))
      .filter((path) => basename(path) !== `${layerHeuristics.name}.parquet`)
      .sort()
      .map((path) => [basename(path), sha256(readFileSync(path))]),
  );

/** What is in the folder of results besides tables, manifest and database: what a run has left behind. */
export const leftovers = (root: string): string[] =>
  globSync(join(root, 'data/results/miniature/{.*,*}'))
    .map((path) => basename(path))
    .filter((name) => !/\.parquet$|^manifest\.json$|^study\.duckdb$/.test(name));
