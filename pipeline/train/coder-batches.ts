import { float32, type Tensor } from '../graph/tensor.ts';
import { keyedRandom } from '../stats/random.ts';
import { type Activations, gatherRows } from './activations.ts';
import type { CoderData } from './coder-data.ts';
import type { SaeTraining } from './training-settings.ts';

/** Share of the activations that is held out. */
const HELD_OUT = 0.05;

/** The rows of n activations on which an SAE is trained, and those that are held out. */
export function splitRows(
  id: string,
  { seed }: Pick<SaeTraining, 'seed'>,
  n: number,
): { readonly trained: Int32Array; readonly heldOut: Int32Array } {
  const order = shuffled(n, keyedRandom(seed, `SAE rows ${id}`));
  const nTrained = Math.floor(n * (1 - HELD_OUT));
  return { trained: order.subarray(0, nTrained), heldOut: order.subarray(nTrained) };
}

/** Steps of the training of one SAE on n activations. */
export const stepsOf = ({ epochs, batch }: SaeTraining, n: number): number =>
  Math.max(1, Math.round((epochs * n * (1 - HELD_OUT)) / batch));

/**
 * Batches of rows without repeats within an epoch, in an order that depends on the seed and the SAE alone.
 * @param skipped number of batches to leave out, which an interrupted training has had
 */
export function batches(
  id: string,
  { seed, batch: size }: Pick<SaeTraining, 'seed' | 'batch'>,
  rows: Int32Array,
  skipped = 0,
): () => Int32Array {
  const random = keyedRandom(seed, `SAE batches ${id}`);
  let order: Int32Array = new Int32Array();
  let start = 0;
  const next = () => {
    const batch = new Int32Array(size);
    for (let filled = 0; filled < size; ) {
      if (start >= order.length) {
        order = shuffled(rows.length, random);
        start = 0;
      }
      const taken = order.subarray(start, start + size - filled);
      taken.forEach((index, i) => {
        batch[filled + i] = rows[index]!;
      });
      filled += taken.length;
      start += taken.length;
    }
    return batch;
  };
  for (let i = 0; i < skipped; i++) next();
  return next;
}

/** The scaled inputs and outputs of some rows, as the graphs of an SAE take them. */
export function rowFeeds(
  { x, y, xScale, yScale }: CoderData,
  rows: Int32Array,
): { readonly x: Tensor; readonly y: Tensor } {
  const gather = (values: Activations, scale: number) =>
    float32(gatherRows(values, rows, scale), [rows.length, values.width]);
  return { x: gather(x, xScale), y: gather(y, yScale) };
}

/** The numbers below n in a random order. Source: Fisher & Yates, Knuth's algorithm P. */
function shuffled(n: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
