/** What is chosen in a figure, by column. */
export type Choice = Readonly<Record<string, string>>;

/** What the page's address says of a figure: `?items-per-list.template=short`. */
export function choiceIn(search: string, id: string): Choice {
  const own = [...new URLSearchParams(search)].filter(([name]) => name.startsWith(`${id}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(id.length + 1), value]));
}

/** An address's query with a figure's choice in it; what the query says of anything else stays. */
export function withChoice(search: string, id: string, choice: Choice): string {
  const query = new URLSearchParams(search);
  for (const name of [...query.keys()]) if (name.startsWith(`${id}.`)) query.delete(name);
  for (const [param, value] of Object.entries(choice)) query.set(`${id}.${param}`, value);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** Choose in a form; a value that is no option is left out. */
export function choose(form: HTMLFormElement, choice: Choice): void {
  for (const select of form.querySelectorAll('select')) {
    const asked = [...select.options].find(({ value }) => value === choice[select.name]);
    select.value = (asked ?? select.options[0]!).value;
  }
}

/** All that is chosen in a form. */
export const chosenIn = (form: HTMLFormElement): Choice =>
  Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));

/** What is chosen in a form and is not what it began with. */
export const changedIn = (form: HTMLFormElement): Choice =>
  Object.fromEntries(
    [...form.querySelectorAll('select')]
      .filter(({ selectedIndex }) => selectedIndex > 0)
      .map(({ name, value }) => [name, value]),
  );
