import { plainWord } from '../plain-words.ts';
import type { Row } from '../queries/query.ts';
import { SERIES } from './chart-config.ts';
import type { Control } from './figure.ts';
import { distinct } from './figure-rows.ts';

/** Choose one template, or all to begin with. */
export const TEMPLATE_CONTROL: Control = {
  param: 'template',
  label: 'Template',
  options: [
    { value: '', label: 'all' },
    ...SERIES.template.domain.map((value) => ({ value, label: value })),
  ],
};

/** Choose among the values of a column; the first row's is the one to begin with. */
export const choice = (rows: readonly Row[], param: string, label: string): Control => ({
  param,
  label,
  options: distinct(rows, param).map((value) => ({ value, label: plainWord(value) })),
});
