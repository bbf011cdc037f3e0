/** The part of a template's prompt that is replaced by the topic. */
export const PLACEHOLDER = '{topic}';

/** A topic as part of a sample id: `Types of Trees` → `types-of-trees`. */
export const slug = (topic: string): string =>
  topic
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

/** The user's message of a template for a topic. */
export const userMessage = ({ prompt }: { readonly prompt: string }, topic: string): string =>
  prompt.replace(PLACEHOLDER, topic);
