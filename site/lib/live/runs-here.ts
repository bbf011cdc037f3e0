import { completions } from '../../../pipeline/schema/completions.ts';
import { OWN_FILE } from '../../../pipeline/schema/own-file.ts';
import { hasRows } from '../study/has-rows.ts';
import type { Study } from '../study/studies.ts';
import { isLive } from './packs.ts';

/** Whether a study's model runs in a reader's browser from a file that the reader has. */
export const takesOwnFile = ({ manifest }: Pick<Study, 'manifest'>): boolean =>
  manifest.study === OWN_FILE.study && hasRows(manifest, completions.name);

/** Whether a study has the page that runs its model. */
export const runsHere = (study: Pick<Study, 'manifest'>): boolean =>
  isLive(study) || takesOwnFile(study);
