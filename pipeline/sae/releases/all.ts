import type { SaeRelease } from '../release.ts';
import { GEMMA_SCOPE } from './gemma-scope.ts';

const RELEASES: readonly SaeRelease[] = [GEMMA_SCOPE];

/**
 * The layout of a study's SAEs.
 * @param hub what the study names on the hub; SAEs in a folder of this repository are laid out as Gemma Scope's
 * @throws `unknown release of SAEs: x (known: …)`
 */
export function releaseOf(hub: string | undefined): SaeRelease {
  if (hub === undefined) return GEMMA_SCOPE;
  const release = RELEASES.find((each) => each.hub.test(hub));
  if (!release) {
    const names = RELEASES.map(({ name }) => name).join(', ');
    throw new Error(`unknown release of SAEs: ${hub} (known: ${names})`);
  }
  return release;
}
