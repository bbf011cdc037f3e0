import { once } from '../engine/once.ts';
import type { Progress } from '../engine/progress.ts';
import type { Resource } from '../engine/resource.ts';
import type { Reader } from '../interp/reader.ts';
import { openModel, writingInBlocks } from '../models/model.ts';
import { numericsOf } from '../runtime/numerics.ts';
import type { Provider } from '../runtime/provider.ts';
import type { ModelFolder } from '../sources/model-folder.ts';
import type { Subject } from '../subjects/subject.ts';
import { blocksFor } from './block-weights.ts';
import { weightsFor } from './widened-model.ts';

/** Types of the products with which a model writes lists. */
export const WRITING_PRODUCTS = ['float32', 'int8'] as const;
export type WritingProducts = (typeof WRITING_PRODUCTS)[number];

/** A model with its provider and its number of uncounted leading positions: a reader without a batch size. */
export type StudiedModel = Omit<Reader, 'batchSize'>;

export interface ModelSource {
  readonly folder: ModelFolder;
  readonly subject: Subject;
  readonly provider: Provider;
  /** float32 where left out. */
  readonly products?: WritingProducts;
  /** Folder for weights that are widened to float32 for the provider, and for those that are rounded. */
  readonly cache: string;
  /** Runs the widening and shows its progress. */
  readonly withProgress: <T>(work: (progress: Progress) => T) => T;
}

/** A study's model, opened and checked when a stage first uses it. */
export const modelResource = ({
  folder,
  subject,
  provider,
  products = 'float32',
  cache,
  withProgress,
}: ModelSource): Resource<StudiedModel> => ({
  content: JSON.stringify([
    folder.revision,
    provider,
    subject.uncounted,
    ...(products === 'float32' ? [] : [products]),
  ]),
  readers: [
    import.meta.url,
    subject.architecture.source,
    ...(folder.unpackedBy === undefined ? [] : [folder.unpackedBy]),
  ],
  open: once(() => {
    const checkpoint = withProgress((progress) =>
      weightsFor(folder, { provider, cache, progress }),
    );
    const numerics = numericsOf(provider);
    const model = openModel(folder.dir, subject.architecture, { checkpoint, numerics });
    const reader = { provider, uncounted: subject.uncounted };
    if (products === 'float32') return { model, ...reader };
    const blocks = withProgress((progress) =>
      blocksFor(model, folder.revision, { cache, progress }),
    );
    return { model: writingInBlocks(model, blocks), ...reader };
  }),
});
