import type { StudyRun } from '../engine/study-run.ts';
import type { Needs } from '../stages/define.ts';
import type { Extent } from '../stages/extent.ts';
import type { Planning } from '../stages/plan.ts';
import type { Settings } from '../study/study.ts';

/** A study that is ready to run on this machine. */
export interface Run extends StudyRun<Settings, Needs, Extent> {
  /** The inputs of the memory plan; null for a study that runs no model. */
  readonly planning: Planning | null;
}
