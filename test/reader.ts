import type { Reader } from '../pipeline/interp/reader.ts';
import type { Model } from '../pipeline/models/model.ts';

/** Reads with a model on the CPU, two sequences at a time, BOS not counted, where nothing else is asked for. */
export const cpuReader = (model: Model, options: Partial<Omit<Reader, 'model'>> = {}): Reader => ({
  model,
  provider: 'cpu',
  batchSize: 2,
  uncounted: 1,
  ...options,
});
