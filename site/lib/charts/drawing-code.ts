import { globSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import * as vega from 'vega';
import * as vegaLite from 'vega-lite';
import { hashOf } from './cache.ts';

const sources = (pattern: string): string[] =>
  globSync(pattern)
    .sort()
    .map((file) => readFileSync(file, 'utf8'));

const LIB = sources('site/lib/**/*.ts');

/** Hash of what draws figures: the libraries, all of `site/lib`, and the figure's own spec. */
export const drawingCode = (id?: string): string =>
  hashOf(
    vega.version,
    vegaLite.version,
    sharp.versions.sharp ?? '',
    ...(id === undefined ? [] : sources(`site/figures/${id}/spec.ts`)),
    ...LIB,
  );
