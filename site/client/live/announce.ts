import { formatNumber } from '../../lib/number-format.ts';
import type { ShownList } from './messages.ts';

/** Lines that the log keeps. */
const MOST = 20;

/**
 * Tell a screen reader of an item that is finished, each once.
 * @param log a live region
 * @param name what the list is called
 * @param before the list as it was a token ago
 */
export function announceItem(
  log: HTMLElement,
  name: string,
  { items }: ShownList,
  before: ShownList | undefined,
): void {
  const item = items.at(-1);
  if (item === undefined || items.length === (before?.items.length ?? 0)) return;
  const line = document.createElement('p');
  line.textContent = `${name}, item ${items.length}: ${item.text}, end ${formatNumber(item.pEnd, '0%')}`;
  log.append(line);
  while (log.children.length > MOST) log.firstElementChild!.remove();
}
