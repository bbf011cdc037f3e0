import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../schema/make-folder.ts';
import { writeText } from '../schema/write-text.ts';
import { openSpool, type Place } from './spool.ts';

/**
 * Do one part of a stage's work, or take what an earlier run of the stage that was interrupted has kept of it.
 * @param name of the part, in file names
 * @param work its result is JSON: numbers, texts, lists, and objects of these
 */
export type Keep = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * The same for a part whose results come one after the other, in whichever order, and are too many for memory.
 * @param work puts each result under its index
 * @returns the results by index, read one at a time, each time that it is gone through
 */
export type KeepMany = <T>(
  name: string,
  work: (put: (index: number, result: T) => void) => Promise<void>,
) => Promise<Iterable<T>>;

/**
 * Keeps the parts of a stage's work in files, until the stage has written its tables. What was kept under another key is
 * deleted: it depends on other inputs or other code.
 * @param dir folder of the stage's kept parts
 * @param key of the stage (`keyOf`)
 */
export function keeper(
  dir: string,
  key: string,
): { readonly keep: Keep; readonly keepMany: KeepMany } {
  const folder = join(dir, key.slice(0, KEY_LENGTH));
  for (const other of existsSync(dir) ? readdirSync(dir) : [])
    if (other !== key.slice(0, KEY_LENGTH)) {
      if (process.env['TAKE_PARTS']) renameSync(join(dir, other), folder);
      else rmSync(join(dir, other), { recursive: true });
    }
  return {
    keep: async (name, work) => {
      const path = join(folder, `${name}.json`);
      if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
      const result = await work();
      makeFolder(folder);
      writeText(path, JSON.stringify(result));
      return result;
    },
    keepMany: async <T>(
      name: string,
      work: (put: (i: number, result: T) => void) => Promise<void>,
    ) => {
      const [values, index] = [join(folder, `${name}.values`), join(folder, `${name}.index.json`)];
      if (!existsSync(index)) {
        makeFolder(folder);
        writeText(index, JSON.stringify(await writeValues(values, work)));
      }
      const places: Place[] = JSON.parse(readFileSync(index, 'utf8'));
      return { [Symbol.iterator]: () => valuesIn<T>(values, places) };
    },
  };
}

/** @returns the place of each value in the file, by index */
async function writeValues<T>(
  path: string,
  work: (put: (index: number, value: T) => void) => Promise<void>,
): Promise<Place[]> {
  const spool = openSpool(path, 'w+');
  const places: Place[] = [];
  try {
    await work((index, value) => {
      places[index] = spool.put(value);
    });
  } finally {
    spool.close();
  }
  return places;
}

function* valuesIn<T>(path: string, places: readonly Place[]): Generator<T> {
  const spool = openSpool(path, 'r');
  try {
    for (const place of places) yield spool.get<T>(place);
  } finally {
    spool.close();
  }
}

const KEY_LENGTH = 16;
