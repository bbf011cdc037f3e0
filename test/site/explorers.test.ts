import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open } from './page-checks.ts';

test('explorers of lists, features and tables, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, path: string) => open(t, browser, url + path);

  await t.test(
    'the explorer keeps its choice in the address and reads tokens by key',
    async (t) => {
      const { page, faults } = await visit(t, 'samples/');
      await page.locator('sample-explorer[data-state=live]').waitFor();
      assert.equal(await page.getByLabel('Temperature').inputValue(), '0.8');
      await page.getByLabel('Topic').selectOption('rivers');
      await page.getByLabel('Template').selectOption('long');
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      const list = await page.locator('.tokens').textContent();
      await page.reload();
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      assert.equal(await page.locator('.tokens').textContent(), list);
      await page.locator('.token').first().focus();
      await page.keyboard.press('ArrowRight');
      const focused = (await page.locator('.token:focus').textContent())!;
      const readout = (await page.locator('.readout').textContent())!;
      assert.ok(readout.includes(focused.trim()) && /entropy after it \d\.\d\d nats/.test(readout));
      await page.goBack();
      await page.getByText('Provide me with a short list of Rivers').waitFor();
      assert.deepEqual(faults, []);
    },
  );

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
    const lists = facts.filter(([, href]) => /attribution|ablation/.test(href));
    assert.equal(lists.length, 4); // two metrics, two protocols
    for (const [sample, href] of lists) {
      await page.goto(href);
      await page.locator(':is(token-view, ablation-view)[data-state=live]').waitFor();
      const { searchParams } = new URL(href);
      for (const [name, value] of searchParams)
        assert.equal(await page.locator(`form [name=${name}]`).inputValue(), value);
      assert.equal(searchParams.get('sample'), sample);
      assert.equal(
        await page
          .locator('tr:has(> td > [aria-current])')
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
      await page.locator(':is(token-view, sample-explorer)[data-state=live]').waitFor();
      const { searchParams, pathname } = new URL(href);
      for (const [name, value] of searchParams)
        assert.equal(await page.locator(`form [name=${name}]`).inputValue(), value);
      if (pathname.includes('samples'))
        assert.ok(
          sample.startsWith(`${searchParams.get('topic')}_${searchParams.get('template')}`),
        );
    }
    assert.deepEqual(faults, []);
  });

  await t.test(
    'the table of features sorts, filters and keeps its state in the address',
    async (t) => {
      const { page, faults } = await visit(t, 'features/');
      await page.locator('feature-table[data-state=live]').waitFor();
      const column = (n: number) => page.locator(`tbody td:nth-child(${n})`).allTextContents();
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
      await page.getByLabel('Speaks').selectOption('against it');
      const against = await numbers(2);
      assert.ok(against.length > 0 && against.every((attribution) => attribution < 0));
      await page.getByLabel('Name or token').fill('nothing is called so');
      await page.getByText(/^0 of/).waitFor();
      assert.deepEqual(await column(1), []);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a table is opened, filtered, sorted and taken along in the browser', async (t) => {
    const { page, faults } = await visit(t, 'data/');
    const table = page.getByRole('combobox', { name: 'Table' });
    assert.equal(await table.inputValue(), '');
    await table.selectOption('completions');
    const explorer = page.locator('data-explorer[data-state=live][data-open]');
    await explorer.waitFor();
    await page.getByLabel('Filter template').fill('=short');
    await page.getByLabel('Filter n_items').fill('>6');
    await page.getByRole('button', { name: 'n_items' }).press('Enter');
    await page.getByRole('button', { name: 'n_items' }).press('Enter');
    const command = (await explorer.locator('.command').textContent())!;
    assert.equal(
      command,
      `duckdb -c "FROM 'completions.parquet' WHERE template = 'short' AND n_items > 6 ORDER BY n_items DESC NULLS LAST"`,
    );
    const n = Number(/^\d+/.exec((await page.getByRole('status').textContent())!)![0]);
    assert.ok(n > 0 && n < 920);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV of these rows' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8');
    assert.ok(csv.startsWith('sample_id,template,'));
    assert.equal(csv.split('\r\n').filter((line) => /^[\w-]+_short_t/.test(line)).length, n);
    const shown = await explorer.locator('tbody').textContent();
    await page.reload();
    await explorer.waitFor();
    assert.equal(await explorer.locator('tbody').textContent(), shown);
    await page.getByLabel('Filter n_items').fill('>many');
    await page.getByText(/^n_items: “>many” is no number/).waitFor();
    assert.equal(await explorer.locator('tbody').textContent(), shown);
    assert.deepEqual(faults, []);
  });

  await t.test(
    'the view by token names the features behind a token, and leads to them',
    async (t) => {
      const { page, faults } = await visit(t, 'attribution/?sample=rivers_short_t0.8_1&sae=res_3');
      await page.locator('token-view[data-state=live]').waitFor();
      const token = page.locator('.tokens .token', { hasText: / short/ });
      await token.focus();
      const readout = (await page.locator('.readout').textContent())!;
      assert.match(
        readout,
        /^“ short”: all features −?\d\.\d+, error −?\d\.\d+, bias −?\d\.\d+ logits$/,
      );
      const here = await page.locator('tbody a').allTextContents();
      await page.keyboard.press('ArrowRight');
      assert.notDeepEqual(await page.locator('tbody a').allTextContents(), here);
      await page.getByLabel('Metric').selectOption('end_hyphen');
      await page.waitForURL('**metric=end_hyphen');
      assert.match((await page.locator('.tokens').textContent()) ?? '', /↵$/);
      await page.goBack();
      await page.locator('.tokens .token', { hasText: / short/ }).focus();
      await page.locator('tbody a').first().click();
      await page.waitForURL('**/features/res_3_*/');
      assert.equal(await page.locator('h1').textContent(), here[0]);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a list is shown under every arm, with what was zeroed', async (t) => {
    const { page, faults } = await visit(t, 'ablation/?sample=rivers_short_t0.8_0&sae=res_4');
    await page.locator('ablation-view[data-state=live]').waitFor();
    const items = (arm: string) => page.locator(`[data-arm=${arm}] li`).allTextContents();
    const counts = await page.locator('[data-arm] .small').allTextContents();
    for (const [i, arm] of [
      'baseline',
      'ablated',
      'substituted',
      'random',
      'reconstruction',
    ].entries())
      assert.match(counts[i]!, new RegExp(`^${(await items(arm)).length} items?`));
    assert.notDeepEqual(await items('ablated'), await items('baseline'));
    const edited = await page.locator('.kept-token.edited').allTextContents();
    const named = await page.locator('tbody td:nth-child(2)').allTextContents();
    assert.deepEqual([...new Set(named)].sort(), [...new Set(edited)].sort());
    await page.getByLabel('Edited').selectOption('continue');
    await page.waitForURL('**protocol=continue');
    const shared = (await items('baseline')).slice(0, -1);
    assert.deepEqual((await items('ablated')).slice(0, shared.length), shared);
    await page.goto(page.url().replace('_t0.8_0', '_t0.8_1'));
    await page.locator('ablation-view[data-state=live]').waitFor();
    assert.match(
      (await page.locator('[data-arm=reconstruction] .small').textContent())!,
      /^written for the first list/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test(
    'a list is coloured by what a reader asks, and leads to the views of it',
    async (t) => {
      const { page, faults } = await visit(t, 'samples/?topic=rivers&template=short&replicate=1');
      await page.locator('sample-explorer[data-state=live]').waitFor();
      const classes = () =>
        page
          .locator('.tokens .token')
          .evaluateAll((tokens) => tokens.map(({ className }) => className));
      const color = page.getByRole('combobox', { name: 'Colour' });
      const byEntropy = await classes();
      await color.selectOption('end');
      assert.notDeepEqual(await classes(), byEntropy);
      assert.match(
        (await page.locator('.scale').getAttribute('aria-label'))!,
        /probability of the end, from 0\.00 to \d\.\d\d$/,
      );
      await page.reload();
      await page.locator('sample-explorer[data-state=live]').waitFor();
      assert.equal(await color.inputValue(), 'end');
      await color.selectOption('attribution');
      assert.ok((await classes()).some((name) => /side-?[1-4]/.test(name)));
      await page.getByLabel('Template').selectOption('long');
      await page.getByText('The end of this list is not attributed').waitFor();
      await page.goBack();
      await page.getByRole('link', { name: 'the list with features zeroed' }).click();
      await page.waitForURL('**/ablation/?sample=rivers_short_t0.8_1*');
      assert.deepEqual(faults, []);
    },
  );

  await t.test('an address that names no sample shows the nearest', async (t) => {
    const { page, faults } = await visit(
      t,
      'samples/?topic=dragons&template=short&temperature=7&replicate=0',
    );
    await page.locator('sample-explorer[data-state=live]').waitFor();
    assert.ok((await page.locator('.token').count()) > 5);
    assert.deepEqual(faults, []);
  });
});
