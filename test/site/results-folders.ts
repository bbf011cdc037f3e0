import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { writeFixture } from './fixture.ts';

/** The folder of the report's figures. */
export const FIGURES = join(import.meta.dirname, '../../site/figures');

/** A folder of results, and nothing published. */
export const alone = (computed: string) => ({ computed, published: join(computed, 'nowhere') });

/** The fixture as the results of a study of a real model. */
export async function writeRun(root: string, study: string): Promise<string> {
  const dir = await writeFixture(root, study);
  editManifest(dir, (manifest) => {
    manifest.kind = 'run';
  });
  return dir;
}

interface LooseManifest {
  files: Record<string, unknown>;
  [key: string]: unknown;
}

/** Change the manifest of a folder of results, to a wrong one too. */
export function editManifest(dir: string, edit: (manifest: LooseManifest) => void): void {
  const path = join(dir, MANIFEST);
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}
