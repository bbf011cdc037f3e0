/** Names of the prompt templates. */
export const TEMPLATES = ['short', 'long', 'plain'] as const;
export type TemplateName = (typeof TEMPLATES)[number];
