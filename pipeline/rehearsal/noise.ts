import { keyedRandom } from '../stats/random.ts';

/** A prime: rows of a matrix that is filled with repetitions are never equal. */
const LENGTH = 1_048_573;

/** Standard normal draws, as many as one block; a larger tensor repeats it from a place of its own. */
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

/** `length` values of a block that repeats without end, from `start` on. */
export function cut<A extends Float32Array | Uint16Array>(
  block: A,
  start: number,
  length: number,
): A {
  const out = new (block.constructor as new (length: number) => A)(length);
  for (let done = 0; done < length; ) {
    const at = (start + done) % block.length;
    const part = block.subarray(at, Math.min(block.length, at + length - done));
    out.set(part, done);
    done += part.length;
  }
  return out;
}
