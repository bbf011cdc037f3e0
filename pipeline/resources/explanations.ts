import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Resource } from '../engine/resource.ts';
import { sha256 } from '../schema/sha256.ts';
import { writeText } from '../schema/write-text.ts';

/** Neuronpedia's explanations of features, as stored by `npm run explain`: one file for each SAE. */
export interface Explanations {
  /** Explanations by feature; empty for an SAE without a file. */
  forSae(saeId: string): ReadonlyMap<number, string>;
}

const File = z.record(z.string().regex(/^\d+$/), z.string());

const pathOf = (dir: string, saeId: string): string => join(dir, `${saeId}.json`);

/** The stored explanations of the given SAEs. `forSae` throws if a file is damaged. */
export function explanationsResource(
  dir: string,
  saeIds: readonly string[],
): Resource<Explanations> {
  const texts = new Map(
    saeIds
      .filter((id) => existsSync(pathOf(dir, id)))
      .map((id) => [id, readFileSync(pathOf(dir, id), 'utf8')]),
  );
  return {
    content: sha256(JSON.stringify([...texts])),
    readers: [import.meta.url],
    open: () => ({ forSae: (id) => parseFile(texts.get(id) ?? '{}', pathOf(dir, id)) }),
  };
}

/** Write one SAE's explanations, to a temporary name that is then renamed. */
export function saveExplanations(
  dir: string,
  saeId: string,
  explanations: ReadonlyMap<number, string>,
): void {
  mkdirSync(dir, { recursive: true });
  const path = pathOf(dir, saeId);
  const sorted = [...explanations].sort(([a], [b]) => a - b);
  writeText(path, `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`);
}

function parseFile(text: string, path: string): Map<number, string> {
  const remedy = 'delete it, or run "npm run explain" again';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${path}: not JSON: ${remedy}`);
  }
  const parsed = File.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: no texts by feature: ${remedy}`);
  return new Map(Object.entries(parsed.data).map(([feature, words]) => [Number(feature), words]));
}
