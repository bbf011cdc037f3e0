import type { ListForm } from './form.ts';
import type { ItemLayout } from './item-layout.ts';

/** How a request asks for items that are set apart so; a model writes lines with markers, or is begun with one, by itself. */
const WISHES: Readonly<Record<ItemLayout['by'], string>> = {
  marker: '',
  number: '',
  line: ', one on each line',
  comma: ', separated by commas',
};

/**
 * How a list is asked for: by a message, or by a heading that is continued.
 * @param qualifier with its trailing space, or empty
 */
export function requestWords(
  { request, layout }: Pick<ListForm, 'request' | 'layout'>,
  qualifier: string,
  topic: string,
): string {
  if (request === 'text') return `A ${qualifier}list of ${topic}:`;
  return `Provide me with a ${qualifier}list of ${topic}${WISHES[layout.by]}. Just provide the names, no need for any other information.`;
}
