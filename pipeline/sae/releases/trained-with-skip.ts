import type { SaeRelease } from '../release.ts';
import { GEMMA_SCOPE } from './gemma-scope.ts';

/** SAEs that the project trains, in Gemma Scope's layout, of which transcoders have a skip connection, `W_skip`. */
export const TRAINED_WITH_SKIP: SaeRelease = {
  ...GEMMA_SCOPE,
  name: 'trained with a skip connection',
  source: import.meta.url,
  families: { ...GEMMA_SCOPE.families, tc: { ...GEMMA_SCOPE.families.tc!, skip: 'W_skip' } },
};
