import type { Progress } from '../../engine/progress.ts';
import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';

/** What is the same for every list that is ablated. */
export interface AblationSetting {
  readonly study: Pick<Settings, 'seed' | 'templates' | 'sampling' | 'ablation' | 'bootstrap'>;
  readonly reader: Reader;
  readonly form: TokenForm;
  readonly progress: Progress;
  /** Ids of the tokens whose logits the metric subtracts. */
  readonly pair: readonly [end: number, again: number];
}
