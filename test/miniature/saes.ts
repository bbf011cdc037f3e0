import { join } from 'node:path';
import { openSae as open } from '../../pipeline/sae/open-sae.ts';
import { familyLayout } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { FAMILIES } from '../../pipeline/schema/sae-families.ts';
import { DATA } from './miniature.ts';

const folder = join(DATA, 'models/miniature-saes');
const dirs = Object.fromEntries(
  FAMILIES.map((family) => [family, join(folder, familyLayout(GEMMA_SCOPE, family).folder)]),
);

/** One of the miniature's SAEs, by its id. */
export const openSae = (id: string): Promise<SaeFile> =>
  open({ release: GEMMA_SCOPE, dirs, width: '384' }, id);
