import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';

/** What is the same for every list that is written and scored. */
export interface BaselineSetting {
  readonly study: Pick<Settings, 'seed' | 'templates' | 'sampling' | 'ablation' | 'baselines'>;
  readonly reader: Reader;
  readonly form: TokenForm;
}
