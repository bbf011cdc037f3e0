import { join } from 'node:path';
import { writeRandomSae } from '../../pipeline/rehearsal/random-saes.ts';
import { FAMILY_DIRS, openGemmaScope } from '../../pipeline/sae/gemma-scope.ts';
import { hooksOf, type SaeFile } from '../../pipeline/sae/sae.ts';

const WIDTH = '16k';
const D_SAE = 16384;

type Place = 'res_0' | 'att_0';

const familyOf = (id: Place) => id.slice(0, 3) as 'res' | 'att';

/** Write an SAE of Gemma Scope's size with random weights into a folder. */
export function writeSae(dir: string, id: Place, d: number): void {
  const [family, layer] = [familyOf(id), 0];
  const [hook, outputHook] = hooksOf(family, layer);
  const spec = { id, family, layer, hook, outputHook, dIn: d, dSae: D_SAE, dOut: d };
  writeRandomSae(join(dir, FAMILY_DIRS[family]), spec, WIDTH, 3);
}

export const findSae = (dir: string, id: Place): Promise<SaeFile> => {
  const family = familyOf(id);
  return openGemmaScope({ dirs: { [family]: join(dir, FAMILY_DIRS[family]) }, width: WIDTH }, id);
};
