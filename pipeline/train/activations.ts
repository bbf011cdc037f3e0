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
function columnMeans({ n, width, data }: Activations): Float64Array {
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

/** The inputs and outputs of one SAE: the same activations, or those of two hooks for a transcoder. */
export interface ScaledPair {
  readonly x: Activations;
  readonly y: Activations;
  /** Factors to unit RMS. */
  readonly xScale: number;
  readonly yScale: number;
  /** [dIn], [dOut]: means of the scaled columns. */
  readonly xMean: Float64Array;
  readonly yMean: Float64Array;
  /** Mean of `‖y − mean‖²` over rows, scaled. */
  readonly variance: number;
}

/** The scales, means and variance with which an SAE is trained on activations. */
export function scalePair(x: Activations, y: Activations): ScaledPair {
  const [xScale, yScale] = [1 / rms(x), 1 / rms(y)];
  const xMean = columnMeans(x).map((mean) => mean * xScale);
  const yMean = columnMeans(y).map((mean) => mean * yScale);
  const meanSquare = y.width; // as the RMS is 1
  const variance = meanSquare - yMean.reduce((sum, mean) => sum + mean * mean, 0);
  return { x, y, xScale, yScale, xMean, yMean, variance };
}
