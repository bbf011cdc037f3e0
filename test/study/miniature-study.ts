import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { parseStudy } from '../../pipeline/study/load-study.ts';

/** The folder of the committed studies. */
export const STUDIES = fileURLToPath(new URL('../../data/studies', import.meta.url));

/** The text of the miniature's study. */
export const MINIATURE = readFileSync(join(STUDIES, 'miniature.yaml'), 'utf8');

/** The miniature's study with some parts left out or replaced. */
export function parseWith(change: object): unknown {
  return parseStudy(stringify({ ...parse(MINIATURE), ...change }), 'x.yaml');
}
