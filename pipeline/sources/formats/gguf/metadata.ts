import { GREATEST_NUMBER, LEAST_NUMBER } from '../../../schema/model-limits.ts';
import type { GgufFile, Scalar } from './header.ts';

/** The metadata of a GGUF file by type. It remembers which keys were read, so that none is passed over in silence. */
export interface Metadata {
  readonly path: string;
  has(key: string): boolean;
  /** @throws where the key is missing and nothing stands for it, or is no finite number */
  number(key: string, missing?: number): number;
  /** A number that a model divides or counts by. @throws as `number` does, and where it is not above 0 */
  positive(key: string, missing?: number): number;
  /** @throws where the key is missing or no text */
  text(key: string): string;
  /** @throws where the key is neither true nor false */
  flag(key: string, missing: boolean): boolean;
  /** @throws where the key is missing or no list of finite numbers */
  numbers(key: string): readonly number[];
  /** @throws where the key is missing or no list of texts */
  texts(key: string): readonly string[];
  /** A list of true and false, or null where the key is something else or missing. */
  flags(key: string): readonly boolean[] | null;
  /** A key that may be missing, but whose value has no other reading here. @throws where it has another one */
  expect(key: string, value: Scalar): void;
  /** @throws where a key was not read that none of these matches */
  refuseUnread(harmless: RegExp): void;
}

export function metadataOf({ path, metadata }: GgufFile): Metadata {
  const read = new Set<string>();
  const take = (key: string) => {
    read.add(key);
    return metadata.get(key);
  };
  const typed = <T>(key: string, kind: string, is: (value: unknown) => value is T): T => {
    const value = take(key);
    if (value === undefined) throw new Error(`${path}: no key ${key}: ${REMEDY}`);
    if (!is(value)) throw new Error(`${path}: ${key} is ${shown(value)}, not ${kind}: ${REMEDY}`);
    return value;
  };
  const number = (key: string, missing?: number): number =>
    missing !== undefined && !metadata.has(key) ? missing : typed(key, 'a number', isNumber);
  return {
    path,
    has: (key) => metadata.has(key),
    number,
    positive: (key, missing) => {
      const value = number(key, missing);
      if (value >= LEAST_NUMBER && value <= GREATEST_NUMBER) return value;
      const limits = `${LEAST_NUMBER} to ${GREATEST_NUMBER}`;
      throw new Error(`${path}: ${key} is ${value}, expected ${limits}: ${REMEDY}`);
    },
    text: (key) => typed(key, 'a text', isText),
    flag: (key, missing) => (metadata.has(key) ? typed(key, 'true or false', isFlag) : missing),
    numbers: (key) => typed(key, 'a list of numbers', listOf(isNumber)),
    texts: (key) => typed(key, 'a list of texts', listOf(isText)),
    flags: (key) => {
      const isFlags = listOf(isFlag);
      return isFlags(metadata.get(key)) ? typed(key, 'a list of flags', isFlags) : null;
    },
    expect: (key, value) => {
      const there = take(key);
      if (there !== undefined && there !== value)
        throw new Error(
          `${path}: ${key} is ${shown(there)}, and only ${shown(value)} is read: ${REMEDY}`,
        );
    },
    refuseUnread: (harmless) => {
      for (const [key, value] of metadata)
        if (!read.has(key) && !harmless.test(key))
          throw new Error(`${path}: ${key} is ${shown(value)}, a key not known: ${REMEDY}`);
    },
  };
}

export const REMEDY = 'use another GGUF file of this model';

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const listOf =
  <T>(is: (value: unknown) => value is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.every(is);

/** A value in one short line. */
function shown(value: unknown): string {
  const text = String(JSON.stringify(value) ?? value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
