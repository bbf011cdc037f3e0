import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '../models/model.ts';
import { openGguf } from '../sources/formats/gguf/open.ts';

/** Numbers of a model's parameters and of the bytes that they take in float32. */
export function sizeOfModel({ checkpoint }: Pick<Model, 'checkpoint'>): {
  readonly parameters: number;
  readonly bytes: number;
} {
  const parameters = [...checkpoint.tensors.values()].reduce(
    (sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1),
    0,
  );
  return { parameters, bytes: 4 * parameters };
}

/**
 * The licence that a model's files name: `general.license` of a GGUF file, or `license` at the head of a folder's README.md;
 * null where they name none.
 */
export function licenceOf(path: string): string | null {
  if (path.endsWith('.gguf')) {
    const licence = openGguf(path).metadata.get('general.license');
    return typeof licence === 'string' ? licence : null;
  }
  const card = join(path, 'README.md');
  if (!existsSync(card)) return null;
  const [, head] = /^---\r?\n(.*?)\r?\n---/s.exec(readFileSync(card, 'utf8')) ?? [];
  return /^license:\s*(\S.*)$/m.exec(head ?? '')?.[1] ?? null;
}
