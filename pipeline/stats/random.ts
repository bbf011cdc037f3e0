/**
 * A stream of uniform draws on [0, 1). The i-th draw is a hash of (seed, key, i), so streams with different keys are
 * independent, and a stream can start at any draw.
 *
 * Source of the mixer: Appleby, MurmurHash3, 32-bit finalizer, here over two 32-bit lanes.
 *
 * @param drawn number of draws to skip
 */
export function keyedRandom(seed: number, key: string, drawn = 0): () => number {
  const low = hash(key, seed >>> 0);
  const high = hash(key, mix(seed ^ 0x9e3779b9) ^ Math.floor(seed / 2 ** 32));
  let counter = drawn;
  return () => {
    counter = (counter + 1) >>> 0;
    const a = mix(low ^ mix(Math.imul(counter, 0x9e3779b1) ^ high));
    const b = mix(high ^ mix(Math.imul(counter, 0x85ebca77) ^ a));
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
  };
}

/** MurmurHash3's finalizer: a bijection of 32-bit integers in which every input bit affects every output bit. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hash(text: string, seed: number): number {
  let h = mix(seed ^ text.length);
  for (let i = 0; i < text.length; i++) h = mix(Math.imul(h, 31) + text.charCodeAt(i) + i);
  return h;
}
