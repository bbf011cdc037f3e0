import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Wait until the page of lists has what its address chooses. */
export const live = (page: Page): Promise<void> =>
  page.locator('list-explorer[data-state=live]').waitFor();

/** What the address chooses is chosen in the form and on the side that is shown. */
export async function checkChosen(page: Page, searchParams: URLSearchParams): Promise<void> {
  for (const [name, value] of searchParams) {
    if (name === 'tab') continue;
    const field = `:is(form.chooser, [role=tabpanel]:not([hidden])) [name=${name}]`;
    assert.equal(await page.locator(field).inputValue(), value, name);
  }
}
