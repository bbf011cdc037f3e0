import fc from 'fast-check';

/** A change of a file's bytes. Places are shares of its length, so that one change fits every file. */
export interface Mutation {
  /** In words, for the message of a failure. */
  readonly what: string;
  readonly apply: (bytes: Buffer) => Buffer;
}

/** Numbers at which readers go wrong: nothing, one, and the limits of every width. */
const LIMITS = [
  0n,
  1n,
  2n ** 7n,
  2n ** 8n - 1n,
  2n ** 15n,
  2n ** 16n - 1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Parts of the headers of files: what ends, opens, repeats or names something. */
const TEXTS = [
  '"',
  '{',
  '}',
  ',',
  '[',
  ']',
  '\\',
  '\n',
  '\0',
  '-',
  '9',
  '1e999',
  '__proto__',
  '\ufeff',
];

/** Half of the places are near the start, where headers are. */
const share = fc.nat(2 ** 24 - 1).map((n) => n / 2 ** 24); // doubles would be drawn near 0
const place = fc.oneof(
  share,
  share.map((x) => x ** 3),
);
const at = (bytes: Buffer, part: number): number => Math.floor(part * bytes.length);
const length = fc.integer({ min: 1, max: 64 });

const replaced = (bytes: Buffer, from: number, count: number, by: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(from + count)]);

const flippedBit = fc.tuple(place, fc.nat(7)).map(
  ([part, bit]): Mutation => ({
    what: `bit ${bit} at ${part}`,
    apply: (bytes) => {
      const changed = Buffer.from(bytes);
      if (bytes.length > 0) changed[at(bytes, part)]! ^= 1 << bit;
      return changed;
    },
  }),
);

const otherNumber = fc.tuple(place, fc.constantFrom(1, 2, 4, 8), fc.constantFrom(...LIMITS)).map(
  ([part, width, value]): Mutation => ({
    what: `${value} in ${width} bytes at ${part}`,
    apply: (bytes) => {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(BigInt.asUintN(8 * width, value));
      return replaced(bytes, at(bytes, part), width, number.subarray(0, width));
    },
  }),
);

/** The next digit of a text from a place on becomes another one, or a sign. */
const otherDigit = fc.tuple(place, fc.constantFrom(...'0123456789-.e')).map(
  ([part, digit]): Mutation => ({
    what: `the digit from ${part} on is ${digit}`,
    apply: (bytes) => {
      const from = at(bytes, part);
      const next = bytes.subarray(from).findIndex((byte) => byte >= 0x30 && byte <= 0x39);
      return next < 0 ? bytes : replaced(bytes, from + next, 1, Buffer.from(digit));
    },
  }),
);

const otherText = fc.tuple(place, fc.constantFrom(...TEXTS), fc.boolean()).map(
  ([part, text, over]): Mutation => ({
    what: `${JSON.stringify(text)} ${over ? 'over' : 'between'} ${part}`,
    apply: (bytes) => {
      const by = Buffer.from(text);
      return replaced(bytes, at(bytes, part), over ? by.length : 0, by);
    },
  }),
);

const otherBytes = fc.tuple(place, fc.uint8Array({ maxLength: 32 }), length).map(
  ([part, by, count]): Mutation => ({
    what: `${count} bytes at ${part} are ${by}`,
    apply: (bytes) => replaced(bytes, at(bytes, part), count, by),
  }),
);

const copied = fc.tuple(place, place, length, fc.boolean()).map(
  ([from, to, count, over]): Mutation => ({
    what: `${count} bytes at ${from} ${over ? 'over' : 'between'} ${to}`,
    apply: (bytes) => {
      const part = bytes.subarray(at(bytes, from), at(bytes, from) + count);
      return replaced(bytes, at(bytes, to), over ? part.length : 0, part);
    },
  }),
);

const truncated = share.map(
  (part): Mutation => ({
    what: `cut at ${part}`,
    apply: (bytes) => bytes.subarray(0, at(bytes, part)),
  }),
);

/** One change or a few, one after the other; those that keep the length of the file are the most frequent. */
export const mutations = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: flippedBit },
    { weight: 6, arbitrary: otherNumber },
    { weight: 4, arbitrary: otherDigit },
    { weight: 2, arbitrary: otherText },
    { weight: 2, arbitrary: copied },
    { weight: 1, arbitrary: otherBytes },
    { weight: 1, arbitrary: truncated },
  ),
  { minLength: 1, maxLength: 3 },
);

export const mutated = (bytes: Buffer, changes: readonly Mutation[]): Buffer =>
  changes.reduce((changed, { apply }) => apply(changed), bytes);
