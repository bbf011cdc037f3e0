import type { StudyRun } from '../engine/study-run.ts';
import type { Needs } from '../stages/define.ts';
import type { Extent } from '../stages/extent.ts';
import type { Planning } from '../stages/plan.ts';
import type { Settings } from '../study/study.ts';

/** A study on this machine, ready to run. */
export interface Run extends StudyRun<Settings, Needs, Extent> {
  /** What the memory of its stages is planned from; null for a study that runs no model. */
  readonly planning: Planning | null;
}
