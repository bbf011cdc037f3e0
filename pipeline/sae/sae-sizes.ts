import type { ArrayFile } from './array-file.ts';
import type { SaeRelease } from './release.ts';
import type { SaeParams, SaeSpec } from './sae.ts';

export const REMEDY = 'fetch or train the SAE again';

type Shape = readonly number[];

/**
 * The sizes of an SAE, from the shapes of its arrays.
 * @throws one line with the file and the array, where it is missing or its shape does not fit the others
 */
export function sizesOf(
  release: SaeRelease,
  path: string,
  { shapes }: ArrayFile,
): Pick<SaeSpec, 'dIn' | 'dSae' | 'dOut'> {
  const { arrays, skip } = release;
  if (skip !== null && shapes.has(skip))
    throw new Error(
      `${path}: ${skip}: SAEs with a skip connection are not supported: use another SAE`,
    );
  const shapeOf = (name: keyof SaeParams): Shape => arrayShape(path, shapes, arrays[name]);
  const [dIn, dSae] = matrixSizes(`${path}: ${arrays.W_enc}`, shapeOf('W_enc'));
  const [, dOut] = matrixSizes(`${path}: ${arrays.W_dec}`, shapeOf('W_dec'));
  const check = (name: keyof SaeParams, ...expected: Shape) =>
    checkShape(`${path}: ${arrays[name]}`, shapeOf(name), expected);
  check('b_enc', dSae);
  check('W_dec', dSae, dOut);
  check('b_dec', dOut);
  check('threshold', dSae);
  return { dIn, dSae, dOut };
}

function arrayShape(path: string, shapes: ReadonlyMap<string, Shape>, name: string): Shape {
  const shape = shapes.get(name);
  if (shape) return shape;
  const present = [...shapes.keys()].join(' ');
  throw new Error(`missing array: ${name} in ${path} (has ${present}): ${REMEDY}`);
}

function matrixSizes(what: string, shape: Shape): [rows: number, columns: number] {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined || rest.length > 0)
    throw new Error(`${what} has shape [${shape}], expected 2 axes: ${REMEDY}`);
  return [rows, columns];
}

function checkShape(what: string, shape: Shape, expected: Shape): void {
  if (shape.join() !== expected.join())
    throw new Error(
      `${what} has shape [${shape}], expected [${expected}] by the other arrays: ${REMEDY}`,
    );
}
