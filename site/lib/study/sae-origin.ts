import type { Manifest } from '../../../pipeline/schema/manifest.ts';

/** The release of the SAEs that a study's tables are about; null for a study without SAEs. */
export const saeRelease = ({ files }: Pick<Manifest, 'files'>): string | null =>
  Object.values(files).find(({ metadata }) => metadata.sae_release)?.metadata.sae_release ?? null;

/** Where a study's SAEs come from: the project trained them on the study's model, or others released them. */
export type SaeOrigin = 'own' | 'released' | 'none';

export function saeOrigin(manifest: Pick<Manifest, 'kind' | 'files'>): SaeOrigin {
  const release = saeRelease(manifest);
  if (release === null) return 'none';
  return manifest.kind === 'miniature' || release.startsWith(TRAINED) ? 'own' : 'released';
}

/** The release, as a reader is told of it. */
export const releaseWords = (release: string): string =>
  release.startsWith(TRAINED) ? 'trained by this project' : release;

/** What the release of SAEs that the project trained on a study's model is called: this, and the study's name. */
const TRAINED = 'trained: ';
