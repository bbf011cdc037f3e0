import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Resource } from '../engine/resource.ts';
import { type ForeignFile, parseForeignJson, readForeignText } from '../schema/foreign-file.ts';
import { sha256 } from '../schema/sha256.ts';
import { writeText } from '../schema/write-text.ts';

/** Neuronpedia's explanations of features, as stored by `npm run explain`: one file for each SAE. */
export interface Explanations {
  /** Explanations by feature; empty for an SAE without a file. */
  forSae(saeId: string): ReadonlyMap<number, string>;
}

/** By feature, each written in one way alone: `7` and `007` would be one. */
const File = z.record(
  z.string().regex(/^(0|[1-9]\d{0,8})$/),
  z.string().refine((text) => text.trim() !== ''),
);

const pathOf = (dir: string, saeId: string): string => join(dir, `${saeId}.json`);

const fileOf = (dir: string, saeId: string): ForeignFile => ({
  path: pathOf(dir, saeId),
  remedy: 'delete it, or run "npm run explain" again',
});

/**
 * The stored explanations of the given SAEs. `forSae` throws if a file is damaged, or is about features that the SAE does
 * not have.
 * @param features number of features of each SAE; where left out, any feature is read
 */
export function explanationsResource(
  dir: string,
  saeIds: readonly string[],
  features = Number.POSITIVE_INFINITY,
): Resource<Explanations> {
  const texts = new Map(
    saeIds
      .filter((id) => existsSync(pathOf(dir, id)))
      .map((id) => [id, readForeignText(fileOf(dir, id))]),
  );
  return {
    content: sha256(JSON.stringify([...texts])),
    readers: [import.meta.url],
    open: () => ({ forSae: (id) => parseFile(texts.get(id) ?? '{}', fileOf(dir, id), features) }),
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

function parseFile(text: string, file: ForeignFile, features: number): Map<number, string> {
  const parsed = File.safeParse(parseForeignJson(text, file));
  if (!parsed.success) throw new Error(`${file.path}: no texts by feature: ${file.remedy}`);
  const other = Object.keys(parsed.data).find((feature) => Number(feature) >= features);
  if (other !== undefined)
    throw new Error(
      `${file.path}: feature ${other}, and the SAE has ${features}: it is of another SAE: ${file.remedy}`,
    );
  return new Map(Object.entries(parsed.data).map(([feature, words]) => [Number(feature), words]));
}
