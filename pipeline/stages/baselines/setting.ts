import type { Model } from '../../models/model.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { StageContext } from '../stage.ts';

/** The parts of the study's config that the baselines depend on. */
export type StudyParts =
  | 'model'
  | 'saes'
  | 'seed'
  | 'batchSize'
  | 'templates'
  | 'sampling'
  | 'attribution'
  | 'ablation'
  | 'baselines'
  | 'bootstrap';

/** What every list is written and judged with. */
export interface Setting extends Pick<StageContext<StudyParts>, 'study' | 'provider'> {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
}
