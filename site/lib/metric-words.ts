import type { ProxyName } from '../../pipeline/schema/proxies.ts';

/** What each metric of attribution compares. */
export const METRIC_WORDS: Readonly<Record<ProxyName, string>> = {
  blank_newline: 'a blank over a newline, after the last item',
  end_hyphen: 'the end of the turn over a hyphen, after its newline',
};
