import { allStudies, type Study } from './studies.ts';
import { sectionsOf } from './text.ts';

/** A figure of a study, as the files that it loads are asked for. */
export interface FigureFile {
  readonly study: Study;
  readonly id: string;
  readonly [key: string]: unknown;
}

/** The figures that each study's text shows. */
export const figurePaths = async () =>
  (await allStudies()).flatMap((study) =>
    sectionsOf(study.manifest.kind)
      .flatMap(({ figures }) => figures)
      .map((id) => ({ params: { study: study.name, id }, props: { study, id } })),
  );
