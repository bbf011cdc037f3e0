import type { SaeRelease } from '../release.ts';
import { GEMMA_SCOPE } from './gemma-scope.ts';
import { GEMMA_SCOPE_2 } from './gemma-scope-2.ts';
import { TRAINED_WITH_SKIP } from './trained-with-skip.ts';

/** Where a study's SAEs come from. */
interface OriginOfSaes {
  readonly hub?: string | undefined;
  readonly train?: { readonly skip?: boolean | undefined } | undefined;
}

const RELEASES: readonly SaeRelease[] = [GEMMA_SCOPE, GEMMA_SCOPE_2];

/**
 * The release that a study's SAEs belong to.
 * @param saes the study's; without `hub` they are in a folder of this repository, or trained, and have Gemma Scope's layout
 * @throws `unknown release of SAEs: x (known: …)`
 */
export function releaseOf({ hub, train }: OriginOfSaes): SaeRelease {
  if (hub === undefined) return train?.skip ? TRAINED_WITH_SKIP : GEMMA_SCOPE;
  const release = RELEASES.find((candidate) => candidate.hub.test(hub));
  if (!release) {
    const names = RELEASES.map(({ name }) => name).join(', ');
    throw new Error(`unknown release of SAEs: ${hub} (known: ${names}): use a known release`);
  }
  return release;
}
