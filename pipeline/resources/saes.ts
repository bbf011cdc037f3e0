import { once } from '../engine/once.ts';
import type { Resource } from '../engine/resource.ts';
import { openSae, saePath } from '../sae/open-sae.ts';
import type { SaeRelease } from '../sae/release.ts';
import { SAELENS_SOURCE } from '../sae/releases/saelens/open.ts';
import type { SaeFile } from '../sae/sae.ts';
import { featuresOf } from '../sae/width.ts';
import type { SaeChoice } from '../study/study.ts';
import type { SaeFolders } from './sae-folders.ts';

/**
 * A study's SAEs, in the order of its ids. Files are located and shapes read when a stage first uses them; a stage loads
 * the weights of one SAE at a time.
 */
export function saesResource(
  { width, ids }: SaeChoice,
  release: SaeRelease,
  folders: SaeFolders,
): Resource<readonly SaeFile[]> {
  const { dirs, saeLens } = folders;
  const fetchOnce = once(async () => folders.fetch?.());
  return {
    get content() {
      return JSON.stringify([folders.revision, width, ids]);
    },
    readers: [import.meta.url, saeLens ? SAELENS_SOURCE : release.source],
    get provenance() {
      return { sae_release: folders.id, sae_revision: folders.revision };
    },
    fetch: async () => void (await fetchOnce()),
    open: once(async () => {
      if (saeLens) return ids.map((id) => saeLens.find((sae) => sae.id === id)!);
      const l0s = await fetchOnce();
      const opened: SaeFile[] = [];
      // Sequentially, as all files are on one disk.
      for (const id of ids) {
        const sae = await openSae({ release, dirs, width }, id, l0s?.get(id));
        if (sae.dSae !== featuresOf(width))
          throw new Error(
            `${saePath({ release, dirs, width }, id, l0s?.get(id))}: ${sae.dSae} features, and its folder says width ${width} (${featuresOf(width)}): fetch or train the SAE again`,
          );
        opened.push(sae);
      }
      return opened;
    }),
  };
}
