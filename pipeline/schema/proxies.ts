/**
 * Names of the study's two differences of logits that stand for "the list ends here": the event `end` less the event
 * `again`, after an item's last token and after its newline. The names are the write-up's, after Gemma 2's tokens.
 */
export const PROXY_NAMES = ['blank_newline', 'end_hyphen'] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];
