import { PROXY_NAMES } from './proxies.ts';
import { oneOf } from './table.ts';

/** In every table of attributions except those of the released data. */
export const metric = oneOf(
  PROXY_NAMES,
  'the metric that is attributed: the logit of the first token minus that of the second',
);
