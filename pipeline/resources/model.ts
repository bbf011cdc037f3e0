import { once } from '../engine/once.ts';
import type { Progress } from '../engine/progress.ts';
import type { Resource } from '../engine/resource.ts';
import type { Reader } from '../interp/reader.ts';
import { openModel } from '../models/model.ts';
import { numericsOf } from '../runtime/numerics.ts';
import type { Provider } from '../runtime/provider.ts';
import type { ModelFolder } from '../sources/model-folder.ts';
import type { Subject } from '../subjects/subject.ts';
import { weightsFor } from './widened-model.ts';

/** A model where its graphs run, with what counts nowhere: all that a reader needs but how many sequences run together. */
export type StudiedModel = Omit<Reader, 'batchSize'>;

export interface ModelSource {
  readonly folder: ModelFolder;
  readonly subject: Subject;
  readonly provider: Provider;
  /** Folder that weights are kept in where they are widened for the provider. */
  readonly cache: string;
  /** Shows how far the widening is. */
  readonly showing: <T>(work: (progress: Progress) => T) => T;
}

/** A study's model: opened when a stage first uses it, and checked then. */
export const modelResource = ({
  folder,
  subject,
  provider,
  cache,
  showing,
}: ModelSource): Resource<StudiedModel> => ({
  content: JSON.stringify([folder.revision, provider, subject.uncounted]),
  readers: [import.meta.url, subject.architecture.source],
  open: once(() => {
    const checkpoint = showing((progress) => weightsFor(folder, { provider, cache, progress }));
    const numerics = numericsOf(provider);
    const model = openModel(folder.dir, subject.architecture, { checkpoint, numerics });
    return { model, provider, uncounted: subject.uncounted };
  }),
});
