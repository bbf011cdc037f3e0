import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Graph } from './builder.ts';

/**
 * The folder of the external weights' files; null where a graph has none.
 * @throws where weights are in more than one folder, because the runtime accepts one, or the folder is missing
 */
export function externalDir({ initializers }: Pick<Graph, 'initializers'>): string | null {
  const dirs = new Set(
    initializers.flatMap((i) => ('external' in i ? [dirname(i.external.file)] : [])),
  );
  const [first, second] = dirs;
  if (second !== undefined)
    throw new Error(`weights are in ${first} and in ${second}: put them into one folder`);
  if (first !== undefined && !existsSync(first)) throw new Error(`missing folder: ${first}`);
  return first ?? null;
}
