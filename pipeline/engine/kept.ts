import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeText } from '../schema/write-text.ts';

/**
 * Do one part of a stage's work, or take what an earlier run of the stage that was interrupted has kept of it.
 * @param name of the part, in file names
 * @param work its result is JSON: numbers, texts, lists, and objects of these
 */
export type Keep = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Keeps the parts of a stage's work in files, until the stage has written its tables. What was kept under another key is
 * deleted: it depends on other inputs or other code.
 * @param dir folder of the stage's kept parts
 * @param key of the stage (`keyOf`)
 */
export function keeper(dir: string, key: string): Keep {
  const folder = join(dir, key.slice(0, KEY_LENGTH));
  for (const other of existsSync(dir) ? readdirSync(dir) : [])
    if (other !== key.slice(0, KEY_LENGTH)) rmSync(join(dir, other), { recursive: true });
  return async (name, work) => {
    const path = join(folder, `${name}.json`);
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
    const result = await work();
    mkdirSync(folder, { recursive: true });
    writeText(path, JSON.stringify(result));
    return result;
  };
}

const KEY_LENGTH = 16;
