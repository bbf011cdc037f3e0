/** Activations of one hook, row-major [n, width]. */
export interface Activations {
  readonly n: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Rows of activations times a scale: [rows.length, width], row-major. */
export function gatherRows(
  { width, data }: Activations,
  rows: Int32Array,
  scale: number,
): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) out[i * width + j] = data[row * width + j]! * scale;
  });
  return out;
}

/** The root mean square of all values. */
export const rms = ({ data }: Activations): number =>
  Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);

/** [width]: the mean of each column. */
export function columnMeans({ n, width, data }: Activations): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < data.length; i++) sums[i % width]! += data[i]!;
  return sums.map((sum) => sum / n);
}

/** [n]: the Euclidean norm of each row. */
export function rowNorms({ n, width, data }: Activations): Float64Array {
  const norms = new Float64Array(n);
  for (let i = 0; i < data.length; i++) norms[Math.floor(i / width)]! += data[i]! ** 2;
  return norms.map(Math.sqrt);
}
