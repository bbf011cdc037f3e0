import { keyedRandom } from '../stats/random.ts';
import { type Batch, type BatchShape, finishBatch, startBatch } from './batch.ts';
import type { Corpus } from './corpus.ts';
import { fillRow } from './fill-row.ts';
import { planHeldOutRow, planTrainingRow, type RowPlan } from './row-plan.ts';

/** The batch of a training step. Equal seeds and steps give equal batches. */
export const trainingBatch = (
  corpus: Corpus,
  seed: number,
  step: number,
  shape: BatchShape,
): Batch =>
  buildBatch(corpus, shape, (row) => planTrainingRow(keyedRandom(seed, `train ${step} ${row}`)));

/** A batch of the study's own prompts, which no training step sees: KL to the process is measured on it. */
export const heldOutBatch = (
  corpus: Corpus,
  seed: number,
  index: number,
  shape: BatchShape,
): Batch =>
  buildBatch(corpus, shape, (row) => planHeldOutRow(keyedRandom(seed, `held out ${index} ${row}`)));

function buildBatch(corpus: Corpus, shape: BatchShape, plan: (row: number) => RowPlan): Batch {
  const batch = startBatch(corpus.tokens.pad, shape);
  for (let row = 0; row < shape.rows; row++) fillRow(corpus, batch, row, plan(row));
  return finishBatch(batch);
}
