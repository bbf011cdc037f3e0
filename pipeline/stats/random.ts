/**
 * Uniform draws on [0, 1) that depend on nothing but the seed, the key and how many were drawn before:
 * the i-th draw hashes (seed, key, i), so that streams with different keys are independent and a stream
 * can be started again anywhere, after the `drawn` first of its draws.
 *
 * Source of the mixer: Appleby, MurmurHash3, 32-bit finalizer, here over two 32-bit lanes.
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

/** Murmur's finalizer: a bijection of 32-bit integers in which every input bit moves every output bit. */
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
