import type { Reader } from '../../interp/reader.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Settings } from '../../study/study.ts';

/** What every list is written and judged with. */
export interface Setting {
  readonly study: Pick<Settings, 'seed' | 'templates' | 'sampling' | 'ablation' | 'baselines'>;
  readonly reader: Reader;
  readonly form: TokenForm;
}
