import type { Reader } from '../interp/reader.ts';
import type { StudiedModel } from '../resources/model.ts';

/** The reader of a stage: the study's model, and the batch that its device holds. */
export const readerOf = ({
  study,
  model,
}: {
  readonly study: { readonly batchSize: number };
  readonly model: StudiedModel;
}): Reader => ({ ...model, batchSize: study.batchSize });
