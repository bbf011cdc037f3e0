import { keyedRandom } from '../stats/random.ts';

/** A prime, so that no two rows of a matrix filled with repetitions of the block are equal. */
const LENGTH = 1_048_573;

/** A block of standard normal draws; tensors of any size repeat it, each from a different start. */
export function normalNoise(seed: number, key: string): Float32Array {
  const random = keyedRandom(seed, key);
  const noise = new Float32Array(LENGTH);
  for (let i = 0; i < LENGTH; i += 2) {
    // Source: Box & Muller (1958)
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    noise[i] = radius * Math.cos(angle);
    if (i + 1 < LENGTH) noise[i + 1] = radius * Math.sin(angle);
  }
  return noise;
}

/** `length` values of an endlessly repeated block, from index `start` on. */
export function sliceRepeated<A extends Float32Array | Uint16Array>(
  block: A,
  start: number,
  length: number,
): A {
  const out = new (block.constructor as new (length: number) => A)(length);
  for (let done = 0; done < length; ) {
    const from = (start + done) % block.length;
    const part = block.subarray(from, Math.min(block.length, from + length - done));
    out.set(part, done);
    done += part.length;
  }
  return out;
}
