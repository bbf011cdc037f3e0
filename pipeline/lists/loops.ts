import { normalizeItem } from './parse-list.ts';

/** A list loops where it has the same item so many times running. */
const RUN = 3;

/** Whether a list has got into a loop: the same item, up to spacing and case, three times running. */
export const hasLoop = (items: readonly string[]): boolean => {
  const names = items.map(normalizeItem);
  return names.some((name, i) => i + RUN <= names.length && isRun(names.slice(i, i + RUN), name));
};

const isRun = (names: readonly string[], name: string): boolean =>
  names.every((other) => other === name);
