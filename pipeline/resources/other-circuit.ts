import { join } from 'node:path';
import { contentDigest } from '../engine/key.ts';
import { readParquet } from '../engine/parquet.ts';
import type { Resource } from '../engine/resource.ts';
import { type GraphAverageNodeRow, graphAverageNodes } from '../schema/graph-average.ts';
import { fileProblem, type Manifest, readManifest } from '../schema/manifest.ts';
import { CONTENT } from '../schema/parts.ts';

/** The average graph of another study. */
export interface OtherCircuit {
  readonly study: string;
  readonly nodes: readonly GraphAverageNodeRow[];
}

const FILE = `${graphAverageNodes.name}.parquet`;

/** Where a study's tables are: what this machine computed comes before what was published. */
const PLACES = ['data/results', 'data/published'] as const;

/**
 * The circuit of another study, from the tables that were computed with the same model and transcoders: features of others are
 * others, whatever their numbers. It is known by the hash of its table.
 * @param root the folder that holds `data/`
 */
export function otherCircuitResource(
  root: string,
  study: string,
  same: Readonly<Record<'model' | 'transcoders', Resource>>,
): Resource<OtherCircuit> {
  const found = () => findTables(root, study, same);
  return {
    get content() {
      const { manifest, problem } = found();
      return problem ?? `${study} ${FILE} ${manifest.files[FILE]!.sha256}`;
    },
    readers: [import.meta.url],
    open: async () => {
      const { dir, problem } = found();
      if (problem !== null)
        throw new Error(
          `circuit of ${study}: ${problem}: run "npm run compute -- ${study}" with the same model and SAEs, or leave otherCircuit out of the study's file`,
        );
      return { study, nodes: await readParquet(join(root, dir, FILE), graphAverageNodes) };
    },
  };
}

type Found =
  | { readonly dir: string; readonly manifest: Manifest; readonly problem: null }
  | { readonly dir: null; readonly manifest: null; readonly problem: string };

/** The first intact table of the same model and transcoders; else what is wrong with the last that there is. */
function findTables(root: string, study: string, same: Readonly<Record<string, Resource>>): Found {
  let problem = `no ${FILE} in ${PLACES.map((place) => `${place}/${study}`).join(' or ')}`;
  for (const place of PLACES) {
    const dir = join(place, study);
    const manifest = readManifest(join(root, dir));
    if (manifest === null || fileProblem(join(root, dir), manifest, FILE) !== null) continue;
    const { stage } = manifest.files[FILE]!;
    const parts = manifest.stages[stage]?.parts;
    const other = Object.entries(same).find(
      ([name, resource]) => parts?.[`${CONTENT}${name}`] !== contentDigest(resource),
    );
    if (other === undefined) return { dir, manifest, problem: null };
    problem = `${dir}/${FILE} was computed with another content of ${other[0]}`;
  }
  return { dir: null, manifest: null, problem };
}
