import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkChosen, live } from './list-explorer.ts';
import { siteInBrowser } from './site-in-browser.ts';

test('the pages of features, in a browser', async (t) => {
  const { visit } = await siteInBrowser(t);

  await t.test('a card leads to what its feature does wherever it stands', async (t) => {
    const id = 'res_0_155';
    const { page, faults } = await visit(t, `features/${id}/`);
    const hrefs = (selector: string) =>
      page
        .locator(selector)
        .evaluateAll((links) =>
          links.map((link) => [link.textContent!, (link as HTMLAnchorElement).href] as const),
        );
    const facts = await hrefs('.facts a');
    const contexts = await hrefs('.context a');
    const lists = facts.filter(([, href]) => /tab=(attribution|edited)/.test(href));
    assert.equal(lists.length, 4); // two metrics, two protocols
    for (const [sample, href] of lists) {
      await page.goto(href);
      await live(page);
      const { searchParams } = new URL(href);
      await checkChosen(page, searchParams);
      assert.equal(searchParams.get('sample'), sample);
      assert.equal(
        await page
          .locator('[role=tabpanel]:visible tr:has(> td a[aria-current])')
          .textContent()
          .then((row) => row!.startsWith(id)),
        true,
      );
    }
    await page.goto(facts.find(([, href]) => href.includes('cluster-map'))![1]);
    await page.locator('#figure-cluster-map vega-figure[data-state=live]').waitFor();
    const sae = page.locator('#figure-cluster-map').getByRole('combobox', { name: 'SAE' });
    assert.equal(await sae.inputValue(), 'res_0');
    assert.ok(contexts.length > 0);
    for (const [sample, href] of contexts) {
      await page.goto(href);
      await live(page);
      const { searchParams } = new URL(href);
      if (searchParams.get('tab') === 'written')
        assert.equal(await page.locator('form [name=sample]').inputValue(), sample);
      else await checkChosen(page, searchParams);
    }
    assert.deepEqual(faults, []);
  });

  await t.test(
    'the table of features sorts, filters and keeps its state in the address',
    async (t) => {
      const { page, faults } = await visit(t, 'features/table/');
      await page.locator('feature-table[data-state=live]').waitFor();
      // A feature's label stands behind its name, once it is there.
      const column = async (n: number) =>
        (await page.locator(`tbody td:nth-child(${n})`).allTextContents()).map((text) =>
          n === 1 ? text.split(' ')[0]! : text,
        );
      const numbers = async (n: number) =>
        (await column(n)).map((text) => Number(text.replace('−', '-')));
      const attribution = await numbers(2);
      assert.deepEqual(
        attribution,
        attribution.toSorted((a, b) => b - a),
      );
      await page.getByLabel('SAE').selectOption('res_3');
      await page.getByLabel('Name or token').fill('tiny');
      await page.getByRole('button', { name: 'lists' }).press('Enter');
      await page.getByRole('button', { name: 'lists' }).press('Enter');
      const status = await page.getByRole('status').textContent();
      const lists = await numbers(4);
      assert.ok(lists.length > 0 && lists.length < 100);
      assert.match(status!, new RegExp(`^${lists.length} of [\\d,]+ features\\.$`));
      assert.deepEqual(
        lists,
        lists.toSorted((a, b) => a - b),
      );
      for (const id of await column(1)) assert.match(id, /^res_3_\d+$/);
      assert.equal(await page.locator('th[aria-sort=ascending]').textContent(), 'lists');
      const names = await column(1);
      await page.reload();
      await page.locator('feature-table[data-state=live]').waitFor();
      assert.deepEqual(await column(1), names);
      await page.getByLabel('Name or token').fill('');
      await page.getByLabel('Effect on the end').selectOption('against it');
      const against = await numbers(2);
      assert.ok(against.length > 0 && against.every((attribution) => attribution < 0));
      await page.getByLabel('Name or token').fill('nothing is called so');
      await page.getByText(/^0 of/).waitFor();
      assert.deepEqual(await column(1), []);
      assert.deepEqual(faults, []);
    },
  );
});
