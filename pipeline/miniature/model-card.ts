import type { Architecture } from '../models/architecture.ts';
import type { Corpus } from './corpus.ts';
import type { CurvePoint, TrainingPlan } from './train.ts';
export const modelCard = (
  _p: TrainingPlan,
  curve: readonly CurvePoint[],
  _m: Architecture,
  _c: Corpus,
): string => JSON.stringify(curve);
