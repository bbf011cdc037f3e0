/**
 * Names of the study's two logit differences, proxies for the decision to end the list: the logit of the event `end`
 * minus that of `again`, after an item's last token (`blank_newline`) and after its newline (`end_hyphen`). The names
 * are those of the write-up, after Gemma 2's tokens.
 */
export const PROXY_NAMES = ['blank_newline', 'end_hyphen'] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];
