import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf, type Tensor, type TensorData } from '../pipeline/graph/tensor.ts';
import { type Npz, readNpz } from '../pipeline/sources/formats/npz.ts';

/** The folder of reference numbers: any other of the same layout may take its place. */
export const GOLDEN_DIR = process.env.GOLDEN_DIR ?? join(import.meta.dirname, 'golden');

/** A model, or another subject, with the numbers that another implementation computed for it. */
export interface Golden {
  readonly name: string;
  readonly dir: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  /** By npz file, then array. */
  readonly files: Readonly<Record<string, Readonly<Record<string, ArrayEntry>>>>;
}

export interface ArrayEntry {
  readonly desc: string;
  readonly tol?: 'exact' | number;
  readonly tol_abs_suggested?: number;
  /** The same quantity in double precision: the better reference, where the file has it. */
  readonly f64_array?: string;
}

export function openGolden(name: string): Golden {
  const dir = join(GOLDEN_DIR, name);
  const manifest: Manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  return { name, dir, manifest };
}

/** Every folder that holds a model and its manifest. */
export function goldenModels(): Golden[] {
  return readdirSync(GOLDEN_DIR)
    .filter((name) =>
      ['manifest.json', 'model'].every((file) => existsSync(join(GOLDEN_DIR, name, file))),
    )
    .map(openGolden);
}

/** The names of the npz files that are present, of those that the manifest describes. */
export const goldenFiles = ({ dir, manifest }: Golden): string[] =>
  Object.keys(manifest.files).filter((file) => existsSync(join(dir, file)));

/** The arrays of one npz file, the double-precision twin in place of each array that has one. */
export async function loadGolden({ dir, manifest }: Golden, file: string): Promise<Npz> {
  const npz = await readNpz(join(dir, file));
  const names = npz.names.filter((name) => !name.endsWith('__f64'));
  const twin = (name: string) => manifest.files[file]?.[name]?.f64_array ?? name;
  return { ...npz, names, get: (name) => npz.get(twin(name)) };
}

/** Largest allowed |actual − expected|; 0 for what must be equal. */
export function tolerance({ name, manifest }: Golden, file: string, array: string): number {
  const entry = manifest.files[file]?.[array];
  if (entry?.tol === 'exact') return 0;
  const tol = entry?.tol_abs_suggested ?? entry?.tol;
  assert.ok(tol !== undefined, `no tolerance for ${array} in ${name}/${file}`);
  return tol;
}

/** What to compare: where `mask` is not 0. Its shape is the leading part of the tensors' from axis `from`. */
export interface Where {
  readonly mask: Tensor;
  readonly from: number;
}

/**
 * Shapes equal and every element within `tol`; NaN equals nothing.
 * The failure names the greatest error, its position and the tolerance.
 */
export function assertClose(
  actual: Tensor,
  expected: Tensor,
  tol: number,
  what: string,
  where?: Where,
): void {
  assert.deepEqual(actual.dims, expected.dims, `${what}: shape`);
  const compared = where ? selection(expected.dims, where) : () => true;
  let worst = { error: -1, at: -1 };
  let n = 0;
  for (let i = 0; i < expected.data.length; i++) {
    if (!compared(i)) continue;
    n++;
    const difference = Math.abs(Number(actual.data[i]) - Number(expected.data[i]));
    const error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (error > worst.error) worst = { error, at: i };
  }
  assert.ok(n > 0, `${what}: nothing to compare`);
  const { error, at } = worst;
  assert.ok(
    error <= tol,
    `${what}: ${actual.data[at]} ≠ ${expected.data[at]} at [${position(at, expected.dims)}]: error ${error} > ${tol}`,
  );
}

export const numbers = (data: TensorData): number[] =>
  Array.from(data as Iterable<number | bigint>, Number);

function selection(dims: readonly number[], { mask, from }: Where): (i: number) => boolean {
  const matched = dims.slice(from, from + mask.dims.length);
  assert.deepEqual(matched, mask.dims, 'mask does not fit the tensor');
  const inner = sizeOf(dims.slice(from + mask.dims.length));
  return (i) => Boolean(mask.data[Math.floor(i / inner) % mask.data.length]);
}

function position(i: number, dims: readonly number[]): number[] {
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  return strides.map((stride, axis) => Math.floor(i / stride) % dims[axis]!);
}
