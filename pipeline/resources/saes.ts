import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import { openSae } from '../sae/open-sae.ts';
import type { SaeRelease } from '../sae/release.ts';
import type { SaeFile } from '../sae/sae.ts';
import type { SaeChoice } from '../study/study.ts';
import type { SaeFolders } from './sae-folders.ts';

/**
 * A study's SAEs, in the order of its ids. Their files are found and their shapes read when a stage first uses them;
 * their values one SAE at a time.
 */
export function saesResource(
  { width, ids }: SaeChoice,
  release: SaeRelease,
  { id, dirs, revision, fetch }: SaeFolders,
): Resource<readonly SaeFile[]> {
  const brought = once(async () => fetch?.());
  return {
    content: JSON.stringify([revision, width, ids]),
    readers: [import.meta.url, release.source],
    provenance: { sae_release: id, sae_revision: revision },
    fetch: async () => void (await brought()),
    open: once(async () => {
      const l0s = await brought();
      const opened: SaeFile[] = [];
      // One after the other: a release can be large, and the files lie on one disk.
      for (const id of ids) opened.push(await openSae({ release, dirs, width }, id, l0s?.get(id)));
      return opened;
    }),
  };
}
