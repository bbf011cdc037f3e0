import { nameShown, oneLine } from '../schema/one-line.ts';
import type { ArrayFile, ArrayHeader } from './array-file.ts';
import type { ArrayNames } from './release.ts';
import type { SaeSpec } from './sae.ts';

export const REMEDY = 'fetch or train the SAE again';

type Shape = readonly number[];

/**
 * The sizes of an SAE, from the shapes of its arrays.
 * @param arrays names of the arrays; `W_skip` may be missing in the file
 * @throws one line with the file and the array, where it is missing, its shape does not fit the others, or it is none of
 *   these and may change what the SAE computes
 */
export function sizesOf(
  arrays: ArrayNames,
  path: string,
  { headers }: ArrayFile,
): Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut' | 'hasSkip'> {
  refuseOthers(new Set(Object.values(arrays)), path, headers);
  const shapeOf = (name: RequiredName): Shape => arrayShape(path, headers, arrays[name]);
  const [dIn, dSae] = matrixSizes(`${path}: ${arrays.W_enc}`, shapeOf('W_enc'));
  const [, dOut] = matrixSizes(`${path}: ${arrays.W_dec}`, shapeOf('W_dec'));
  const check = (name: RequiredName, ...expected: Shape) =>
    checkShape(`${path}: ${arrays[name]}`, shapeOf(name), expected);
  check('b_enc', dSae);
  check('W_dec', dSae, dOut);
  check('b_dec', dOut);
  check('threshold', dSae);
  const skip = arrays.W_skip === undefined ? undefined : headers.get(arrays.W_skip);
  if (skip) checkShape(`${path}: ${arrays.W_skip}`, skip.dims, [dIn, dOut]);
  return { dIn, dSae, dOut, ...(skip && { hasSkip: true }) };
}

/**
 * Check the arrays of a file by names and shapes that are known beforehand.
 * @throws one line with the file and the array, where one is missing, has another shape, or is none of these
 */
export function checkArrays(
  path: string,
  { headers }: ArrayFile,
  {
    required,
    optional,
  }: Readonly<Record<'required' | 'optional', Readonly<Record<string, Shape>>>>,
): void {
  refuseOthers(new Set([...Object.keys(required), ...Object.keys(optional)]), path, headers);
  const check = (name: string, expected: Shape) =>
    checkShape(`${path}: ${name}`, arrayShape(path, headers, name), expected, 'its config');
  for (const [name, expected] of Object.entries(required)) check(name, expected);
  for (const [name, expected] of Object.entries(optional))
    if (headers.has(name)) check(name, expected);
}

type RequiredName = Exclude<keyof ArrayNames, 'W_skip'>;

type Headers = ReadonlyMap<string, ArrayHeader>;

/** Single numbers that describe an SAE, and that nothing is computed with. */
const HARMLESS = new Set('d_in d_out d_sae l0 layer seed step steps tokens width'.split(' '));

/** Texts and Python objects are not read. */
function refuseOthers(known: ReadonlySet<string>, path: string, headers: Headers): void {
  for (const [name, { dims, isNumeric }] of headers) {
    if (known.has(name) || !isNumeric || (dims.length === 0 && HARMLESS.has(name))) continue;
    throw new Error(
      `${path}: unknown array: ${nameShown(name)} [${dims}], which may change what the SAE computes: use an SAE without it`,
    );
  }
}

function arrayShape(path: string, headers: Headers, name: string): Shape {
  const shape = headers.get(name)?.dims;
  if (shape) return shape;
  const present = [...headers.keys()].join(' ');
  throw new Error(oneLine(`missing array: ${name} in ${path} (has ${present}): ${REMEDY}`));
}

function matrixSizes(what: string, shape: Shape): [rows: number, columns: number] {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined || rest.length > 0)
    throw new Error(`${what} has shape [${shape}], expected 2 axes: ${REMEDY}`);
  if (rows * columns === 0) throw new Error(`${what} has shape [${shape}], no number: ${REMEDY}`);
  return [rows, columns];
}

function checkShape(what: string, shape: Shape, expected: Shape, by = 'the other arrays'): void {
  if (shape.join() !== expected.join())
    throw new Error(`${what} has shape [${shape}], expected [${expected}] by ${by}: ${REMEDY}`);
}
