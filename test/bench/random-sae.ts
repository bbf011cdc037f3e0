import { join } from 'node:path';
import { writeRandomSae } from '../../pipeline/rehearsal/random-saes.ts';
import { openSae, type ReleaseFolders, saePath } from '../../pipeline/sae/open-sae.ts';
import { familyLayout, hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';

const WIDTH = '16k';
const D_SAE = 16384;

type Place = 'res_0' | 'att_0';

const familyOf = (id: Place) => id.slice(0, 3) as 'res' | 'att';

/** Write an SAE of Gemma Scope's size with random weights into a folder. */
export function writeSae(dir: string, id: Place, d: number): void {
  const [family, layer] = [familyOf(id), 0];
  const [hook, outputHook] = hooksOf(GEMMA_SCOPE, family, layer);
  const spec = { id, family, layer, hook, outputHook, dIn: d, dSae: D_SAE, dOut: d };
  writeRandomSae(join(dir, familyLayout(GEMMA_SCOPE, family).folder), spec, WIDTH, 3);
}

const foldersOf = (dir: string, id: Place): ReleaseFolders => {
  const family = familyOf(id);
  const dirs = { [family]: join(dir, familyLayout(GEMMA_SCOPE, family).folder) };
  return { release: GEMMA_SCOPE, dirs, width: WIDTH };
};

export const findSae = (dir: string, id: Place): Promise<SaeFile> =>
  openSae(foldersOf(dir, id), id);

/** The file that `writeSae` wrote. */
export const randomSaePath = (dir: string, id: Place): string => saePath(foldersOf(dir, id), id);
