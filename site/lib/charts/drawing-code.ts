import { codeParts } from '../../../pipeline/schema/code-version.ts';
import { hashOf } from './cache.ts';

/**
 * Hash of the code that draws a figure: the modules and packages that the chart's builder and the figure's own
 * `spec.ts` import. What else there is in the site may change without a new drawing.
 * @param root the project's folder; a built page cannot tell it from where its own code lies
 */
export const chartCode = (id: string, root = process.cwd()): string =>
  codeOf(['site/lib/charts/build-chart.ts', `site/figures/${id}/spec.ts`], root);

/** Hash of the code that makes a PNG of an SVG. */
export const pictureCode = (root = process.cwd()): string =>
  codeOf(['site/lib/charts/picture.ts'], root);

const codeOf = (modules: readonly string[], root: string): string =>
  hashOf(
    ...modules.flatMap((module) =>
      [...codeParts(module, root)].map(([name, version]) => `${name} ${version}`),
    ),
  );
