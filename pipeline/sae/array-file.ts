import { existsSync } from 'node:fs';
import type { ExternalTensor } from '../graph/external-tensor.ts';
import type { Tensor } from '../graph/tensor.ts';
import { readNpz, readNpzHeaders } from '../sources/formats/npz.ts';
import { isFloating, openSafetensors, readTensor } from '../sources/formats/safetensors.ts';
import type { SaeRelease } from './release.ts';

/** A file of named arrays. Opening it reads only the headers. */
export interface ArrayFile {
  /** By name. */
  readonly headers: ReadonlyMap<string, ArrayHeader>;
  /** Read the values of some arrays. @returns a function from the name of an array to the array */
  read(names: readonly string[]): Promise<(name: string) => Tensor>;
}

export interface ArrayHeader {
  readonly dims: readonly number[];
  /** False for texts, dates and Python objects. */
  readonly isNumeric: boolean;
}

/** @throws one line with the file, where it is missing, truncated or malformed */
export const openArrays: Readonly<
  Record<SaeRelease['format'], (path: string) => Promise<ArrayFile>>
> = {
  npz: async (path) => {
    const headers = [...(await readNpzHeaders(path))];
    return {
      headers: new Map(
        headers.map(([name, { dims, descr }]) => [name, { dims, isNumeric: !isOther(descr) }]),
      ),
      read: async (names) => {
        const npz = await readNpz(path, names);
        return (name) => npz.get(name);
      },
    };
  },
  safetensors: async (path) => {
    if (!existsSync(path)) throw new Error(`missing file: ${path}: ${REMEDY}`);
    const tensors = openSafetensors(path);
    return {
      headers: new Map([...tensors].map(([name, { dims }]) => [name, { dims, isNumeric: true }])),
      read: async () => (name) => floatArray(path, name, tensors.get(name)!),
    };
  },
};

const REMEDY = 'fetch or train the SAE again';

/** @throws where the array is of whole numbers */
function floatArray(path: string, name: string, slice: ExternalTensor): Tensor {
  if (isFloating(slice.dtype)) return readTensor(slice);
  throw new Error(`${path}: ${name} is ${slice.dtype}, expected a floating type: ${REMEDY}`);
}

/** Whether NumPy's name of an element type is that of texts (U, S), Python objects (O), dates or durations (M, m), or records. */
const isOther = (descr: string): boolean => /^([<>|=]?[USOMm]|\[)/.test(descr);
