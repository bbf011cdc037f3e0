import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the data that the exploration's author released are looked for: beside the repository. */
export const RELEASED = join(import.meta.dirname, '../../shared/original');

/** Why a test of the released data is left out, or false where they are there. */
export const WITHOUT_RELEASED = existsSync(join(RELEASED, 'generation_dicts'))
  ? false
  : `the released data are not in ${RELEASED}`;
