import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { writing } from '../schema/write-fault.ts';

/** Values in a file in place of memory. They are copied as by structuredClone: numbers, texts, typed arrays, lists and objects. */
export interface Spool {
  /** @returns where the value is */
  put(value: unknown): Place;
  get<T>(place: Place): T;
  close(): void;
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Open a file of values. @param flags `r` to read it, `w+` to begin anew */
export function openSpool(path: string, flags: 'r' | 'w+'): Spool {
  const file = writing(path, () => openSync(path, flags));
  let end = fstatSync(file).size;
  return {
    put(value) {
      const data = serialize(value);
      const place = { offset: end, length: data.length };
      writing(path, () => {
        for (let done = 0; done < data.length; )
          done += writeSync(file, data, done, data.length - done, end + done);
      });
      end += data.length;
      return place;
    },
    get<T>({ offset, length }: Place): T {
      const data = Buffer.allocUnsafe(length);
      const read = readSync(file, data, 0, length, offset);
      if (read !== length) throw new Error(`${path}: ends too early: remove it, and run again`);
      return deserialize(data);
    },
    close: () => closeSync(file),
  };
}
