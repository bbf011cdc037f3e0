/**
 * Names of the two differences of logits that stand for "the list ends here": a blank less a newline after an item's
 * last token, and the end of the turn less another hyphen after its newline.
 */
export const PROXY_NAMES = ['blank_newline', 'end_hyphen'] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];
