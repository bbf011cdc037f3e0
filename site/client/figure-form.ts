import type { Chosen } from '../lib/charts/figure-rows.ts';

/** Choose in a form; a value that is no option is left out. */
export function choose(form: HTMLFormElement, choice: Chosen): void {
  for (const select of form.querySelectorAll('select')) {
    const asked = [...select.options].find(({ value }) => value === choice[select.name]);
    select.value = (asked ?? select.options[0]!).value;
  }
}

/** All that is chosen in a form. */
export const chosenIn = (form: HTMLFormElement): Chosen =>
  Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));

/** What is chosen in a form and is not what it began with. */
export const changedIn = (form: HTMLFormElement): Chosen =>
  Object.fromEntries(
    [...form.querySelectorAll('select')]
      .filter(({ selectedIndex }) => selectedIndex > 0)
      .map(({ name, value }) => [name, value]),
  );
