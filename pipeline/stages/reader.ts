import type { Reader } from '../interp/reader.ts';
import type { StudiedModel } from '../resources/model.ts';

/** A stage's reader: the study's model with the study's batch size. */
export const readerOf = ({
  study,
  model,
}: {
  readonly study: { readonly batchSize: number };
  readonly model: StudiedModel;
}): Reader => ({ ...model, batchSize: study.batchSize });
