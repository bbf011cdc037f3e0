import type { Chosen } from './figure-rows.ts';

/** What the page's address says of a figure: `?items-per-list.template=short`. */
export function choiceIn(search: string, id: string): Chosen {
  const own = [...new URLSearchParams(search)].filter(([name]) => name.startsWith(`${id}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(id.length + 1), value]));
}

/** An address's query with a figure's choice in it; what the query says of anything else stays. */
export function withChoice(search: string, id: string, choice: Chosen): string {
  const query = new URLSearchParams(search);
  for (const name of [...query.keys()]) if (name.startsWith(`${id}.`)) query.delete(name);
  for (const [param, value] of Object.entries(choice)) query.set(`${id}.${param}`, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
