/** The part of a template's prompt that is replaced by the topic. */
export const PLACEHOLDER = '{topic}';

/** The user's message of a template for a topic, in every place that the template has for it. */
export const userMessage = ({ prompt }: { readonly prompt: string }, topic: string): string =>
  prompt.split(PLACEHOLDER).join(topic);
