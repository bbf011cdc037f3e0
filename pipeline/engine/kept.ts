import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder } from '../schema/make-folder.ts';
import { discard } from '../schema/write-fault.ts';
import { partialOf, settle, settleText } from './settle.ts';
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

export interface Keeping {
  readonly keep: Keep;
  readonly keepMany: KeepMany;
}

/** Folder of the parts that are kept of a stage, those of each key in a folder of it. */
export const keptFolder = (results: string, stage: string): string =>
  join(results, `.${stage}.kept`);

/** Name of a key's folder. */
export const keyFolder = (key: string): string => key.slice(0, KEY_LENGTH);

/**
 * Keeps the parts of a stage's work in files, until the stage has written its tables. What was kept under another key is
 * deleted: it depends on other inputs or other code.
 * @param dir folder of the stage's kept parts
 * @param key of the stage (`keyOf`)
 */
export function keeper(dir: string, key: string): Keeping {
  for (const other of existsSync(dir) ? readdirSync(dir) : [])
    if (other !== keyFolder(key)) rmSync(join(dir, other), { recursive: true });
  return keepIn(join(dir, keyFolder(key)));
}

/**
 * Keeps parts in a folder. Another process may keep the same parts in it: the files of the first one stay.
 * @param onFile is given the name of each file that a part consists of, whether it is new or was there
 */
export function keepIn(folder: string, onFile: (name: string) => void = () => {}): Keeping {
  return {
    keep: async (name, work) => {
      const file = `${name}.json`;
      const path = join(folder, file);
      if (!existsSync(path)) {
        const text = JSON.stringify(await work());
        makeFolder(folder);
        settleText(path, text);
      }
      onFile(file);
      // Also where it is new: a run that was interrupted has the same values as one that was not.
      return JSON.parse(readFileSync(path, 'utf8'));
    },
    keepMany: async <T>(
      name: string,
      work: (put: (i: number, result: T) => void) => Promise<void>,
    ) => {
      const index = join(folder, `${name}.index.json`);
      if (!existsSync(index)) {
        makeFolder(folder);
        const values = `${name}.${crypto.randomUUID()}.values`;
        const places = await writeValues(join(folder, values), work);
        settleText(index, JSON.stringify({ values, places } satisfies Index));
      }
      const { values, places }: Index = JSON.parse(readFileSync(index, 'utf8'));
      onFile(basename(index));
      onFile(values);
      return { [Symbol.iterator]: () => valuesIn<T>(join(folder, values), places) };
    },
  };
}

/** Where the results of a part are. */
interface Index {
  /** Name of their file. */
  readonly values: string;
  /** By index. */
  readonly places: readonly Place[];
}

/** @returns the place of each value in the file, by index */
async function writeValues<T>(
  path: string,
  work: (put: (index: number, value: T) => void) => Promise<void>,
): Promise<Place[]> {
  const partial = partialOf(path);
  const spool = openSpool(partial, 'w+');
  const places: Place[] = [];
  try {
    await work((index, value) => {
      places[index] = spool.put(value);
    });
  } catch (error) {
    discard(partial);
    throw error;
  } finally {
    spool.close();
  }
  settle(partial, path);
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

/** The name of the part that a file belongs to. */
export const partOf = (file: string): string =>
  file.replace(/(\.index)?\.json$|\.[0-9a-f-]{36}\.values$/, '');
