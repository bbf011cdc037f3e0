import type { SaeRelease } from '../release.ts';
import { GEMMA_SCOPE } from './gemma-scope.ts';
import { GEMMA_SCOPE_2 } from './gemma-scope-2.ts';

const RELEASES: readonly SaeRelease[] = [GEMMA_SCOPE, GEMMA_SCOPE_2];

/**
 * The release that a study's SAEs belong to.
 * @param hub the study's `saes.hub`; undefined for SAEs in a folder of this repository, which have Gemma Scope's layout
 * @throws `unknown release of SAEs: x (known: …)`
 */
export function releaseOf(hub: string | undefined): SaeRelease {
  if (hub === undefined) return GEMMA_SCOPE;
  const release = RELEASES.find((candidate) => candidate.hub.test(hub));
  if (!release) {
    const names = RELEASES.map(({ name }) => name).join(', ');
    throw new Error(`unknown release of SAEs: ${hub} (known: ${names}): use a known release`);
  }
  return release;
}
