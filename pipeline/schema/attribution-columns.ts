import { PROXY_NAMES } from './proxies.ts';
import { oneOf } from './table.ts';

/** Of every table of attributions but the released ones. */
export const metric = oneOf(
  PROXY_NAMES,
  'the two tokens whose logits differ: the first less the second',
);
