import type { Row } from '../queries/query.ts';
import { fileLink } from '../study/links.ts';
import { allStudies, type Study } from '../study/studies.ts';
import { sectionsOf } from '../text/text.ts';
import { partName, partsOf } from './figure-rows.ts';
import { buildFigure } from './figures.ts';

/** A figure of a study, as the files that it loads are asked for. */
export interface FigureFile {
  readonly study: Study;
  readonly id: string;
  readonly [key: string]: unknown;
}

/** The figures that each study's text shows. */
export const figurePaths = async () =>
  (await allStudies()).flatMap((study) =>
    sectionsOf(study.manifest)
      .flatMap(({ figures }) => figures)
      .map((id) => ({ params: { study: study.name, id }, props: { study, id } })),
  );

/** A figure that has something to draw, as the files to take away are asked for. */
export async function drawnPaths() {
  const files = (await figurePaths()).map(async (path) => {
    const { chart } = await buildFigure(path.props.study, path.props.id);
    return chart === null ? [] : [path];
  });
  return (await Promise.all(files)).flat();
}

/** A still drawing of a figure. */
export interface StillFile {
  readonly svg: string;
  readonly [key: string]: unknown;
}

/** The still drawings of each figure that has something to draw. */
export async function stillPaths() {
  const files = (await figurePaths()).map(async ({ props: { study, id } }) => {
    const { chart } = await buildFigure(study, id);
    return (chart?.stills ?? []).map(({ size, svg }) => ({
      params: { study: study.name, id, size },
      props: { svg },
    }));
  });
  return (await Promise.all(files)).flat();
}

/** Rows of a figure that are one file. */
export interface RowsFile {
  readonly rows: readonly Row[];
  readonly [key: string]: unknown;
}

/** The files of rows of each figure: one, or one for each value of the column that splits them. */
export async function rowsPaths() {
  const files = (await figurePaths()).map(async ({ props: { study, id } }) => {
    const { figure, rows } = await buildFigure(study, id);
    return [...partsOf(figure, rows)].map(([part, rows]) => ({
      params: { study: study.name, id: part === '' ? id : `${id}.${partName(part)}` },
      props: { rows },
    }));
  });
  return (await Promise.all(files)).flat();
}

/** Where the rows of a figure lie. */
export const rowsLink = (study: Study, id: string, part: string): string =>
  fileLink(study, `${part === '' ? id : `${id}.${partName(part)}`}.rows.json`);
