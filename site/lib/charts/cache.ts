import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build need not make again. Safe to delete. */
export const CACHE_DIR = '.cache/figures';

/**
 * What `make` gives, kept in `dir` under the hash of all that it is made from: one file a name, its own hash in the
 * first line. One that is altered, or made from other things, is made again.
 */
export async function cached(
  dir: string,
  name: string,
  madeFrom: readonly string[],
  make: () => Promise<Buffer>,
): Promise<Buffer> {
  const file = `${name}.${hashOf(...madeFrom)}`;
  const known = readKept(join(dir, file));
  if (known !== null) return known;
  const made = await make();
  mkdirSync(dir, { recursive: true });
  for (const old of readdirSync(dir))
    if (old.slice(0, -65) === name) rmSync(join(dir, old), { force: true });
  const partial = join(dir, `${randomUUID()}.tmp`);
  writeFileSync(partial, Buffer.concat([Buffer.from(`${hashOf(made)}\n`), made]));
  renameSync(partial, join(dir, file));
  return made;
}

/** Hash of parts, told apart by their lengths. */
export function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest('hex');
}

function readKept(path: string): Buffer | null {
  try {
    const kept = readFileSync(path);
    const content = kept.subarray(65);
    return kept.subarray(0, 64).toString() === hashOf(content) ? content : null;
  } catch {
    return null;
  }
}
