import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf, type Tensor, type TensorData } from '../pipeline/graph/tensor.ts';
import { type Npz, readNpz } from '../pipeline/sources/formats/npz.ts';
import { SUBJECTS } from '../pipeline/subjects/all.ts';

/** The reference numbers that come with the project: those of statistics and sampling, and some models. */
export const COMMITTED = join(import.meta.dirname, 'golden');

/** The folder of reference models: any other may take its place. */
export const GOLDEN_DIR = process.env.GOLDEN_DIR ?? COMMITTED;

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
  /** The tolerance of all positions but the first, whose activations are the largest. */
  readonly tol_abs_suggested_after_first_pos?: number;
  /** The same quantity in double precision: the better reference, where the file has it. */
  readonly f64_array?: string;
}

/** Reference numbers that a test names: of the project, whatever other models are looked at. */
export const openGolden = (name: string): Golden => read(COMMITTED, name);

/** Every reference model of a family that can be studied: what it is, its manifest and its config.json say. */
export const goldenModels = (): Golden[] =>
  allModels().filter((golden) => SUPPORTED.has(modelTypeOf(golden)));

/** The names of reference models of other families, each with its `model_type`. */
export const otherModels = (): string[] =>
  allModels()
    .filter((golden) => !SUPPORTED.has(modelTypeOf(golden)))
    .map((golden) => `${golden.name}: ${modelTypeOf(golden)}`);

const SUPPORTED = new Set(
  Object.values(SUBJECTS).flatMap(({ architecture }) => architecture.modelTypes),
);

const allModels = (): Golden[] =>
  goldens().filter(({ dir }) => existsSync(join(dir, 'model/config.json')));

/** Reference numbers of a real model, whose weights are in a GGUF file of their own. */
export interface RealGolden extends Golden {
  readonly manifest: Manifest & {
    readonly model_file: { readonly name: string };
    readonly inputs: {
      readonly prompts: readonly { readonly text: string; readonly bos_prepended: boolean }[];
      readonly layers: readonly number[];
      /** Ids and texts of the tokens whose logits the metric compares. */
      readonly metric: Readonly<Record<'END' | 'NEWLINE', readonly [id: number, text: string]>>;
    };
    readonly model: { readonly config: { readonly bos_token_id: number } };
  };
}

/** Every set of reference numbers whose manifest names the file of a real model. */
export const realGoldens = (): RealGolden[] => goldens().filter(isReal);

const isReal = (golden: Golden): golden is RealGolden => 'model_file' in golden.manifest;

const goldens = (): Golden[] =>
  readdirSync(GOLDEN_DIR)
    .sort()
    .filter((name) => existsSync(join(GOLDEN_DIR, name, 'manifest.json')))
    .map((name) => read(GOLDEN_DIR, name));

export const configOf = ({ dir }: Golden): { readonly [key: string]: unknown } =>
  JSON.parse(readFileSync(join(dir, 'model/config.json'), 'utf8'));

const modelTypeOf = (golden: Golden): string => String(configOf(golden).model_type);

function read(root: string, name: string): Golden {
  const dir = join(root, name);
  const manifest: Manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
  return { name, dir, manifest };
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

/** The files of an SAE: those with its activations. */
export const saeFiles = (golden: Golden): string[] =>
  goldenFiles(golden).filter((file) => has(golden, file, 'x', 'acts'));

/** The files of whole runs: those with inputs and logits. */
export const forwardFiles = (golden: Golden): string[] =>
  goldenFiles(golden).filter((file) => has(golden, file, 'input_ids', 'logits'));

/** The same, and those of other weights that are run on the same inputs. */
export const modelFiles = (golden: Golden): string[] =>
  goldenFiles(golden).filter(
    (file) => has(golden, file, 'logits', 'greedy_ids') && !has(golden, file, 'acts'),
  );

const has = ({ manifest }: Golden, file: string, ...names: readonly string[]): boolean =>
  names.every((name) => name in manifest.files[file]!);

/** The file whose inputs a file is about: itself, or the one of a run with the same end of its name. */
export function inputsOf(golden: Golden, file: string): string {
  const end = file.slice(file.lastIndexOf('_'));
  const runs = forwardFiles(golden);
  const found = runs.find((run) => run === file) ?? runs.find((run) => run.endsWith(end));
  assert.ok(found, `no inputs for ${golden.name}/${file}`);
  return found;
}

/** The folder with the weights of a file: the one that the manifest says of its logits, else that in float32. */
export function weightsOf({ manifest }: Golden, file: string): string {
  const { desc = '' } = manifest.files[file]?.logits ?? {};
  return /weights of (\w+)\//.exec(desc)?.[1] ?? 'model';
}

/** The run with the most arrays. */
export const fullestRun = (golden: Golden): string =>
  forwardFiles(golden).reduce((a, b) => (arrayCount(golden, b) > arrayCount(golden, a) ? b : a));

const arrayCount = ({ manifest }: Golden, file: string): number =>
  Object.keys(manifest.files[file]!).length;
