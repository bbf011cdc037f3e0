import { existsSync } from 'node:fs';
import type { Tensor } from '../graph/tensor.ts';
import { readNpz, readNpzShapes } from '../sources/formats/npz.ts';
import { openSafetensors, readTensor } from '../sources/formats/safetensors.ts';
import type { SaeRelease } from './release.ts';

/** A file of named arrays. Opening it reads only the headers. */
export interface ArrayFile {
  /** Shape of each array, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Read the values. @returns a function from the name of an array to the array */
  read(): Promise<(name: string) => Tensor>;
}

/** @throws one line with the file, where it is missing, truncated or malformed */
export const openArrays: Readonly<
  Record<SaeRelease['format'], (path: string) => Promise<ArrayFile>>
> = {
  npz: async (path) => ({
    shapes: await readNpzShapes(path),
    read: async () => {
      const npz = await readNpz(path);
      return (name) => npz.get(name);
    },
  }),
  safetensors: async (path) => {
    if (!existsSync(path)) throw new Error(`missing file: ${path}: fetch or train the SAE again`);
    const tensors = openSafetensors(path);
    return {
      shapes: new Map([...tensors].map(([name, { dims }]) => [name, dims])),
      read: async () => (name) => readTensor(tensors.get(name)!),
    };
  },
};
