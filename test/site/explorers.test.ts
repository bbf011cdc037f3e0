import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open } from './page-checks.ts';

test('explorers of lists, features and tables, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, path: string, options?: BrowserContextOptions) =>
    open(t, browser, url + path, options);

  await t.test(
    'the page of lists keeps its choice in the address and reads tokens by key',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/?tab=written');
      await live(page);
      await page.getByLabel('Topic').selectOption('rivers');
      await page.locator('[name=template]').selectOption('long');
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      await page.waitForURL('**sample=rivers_long_t0.8_*');
      const list = await page.locator('#written .tokens').textContent();
      await page.reload();
      await live(page);
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      assert.equal(await page.locator('#written .tokens').textContent(), list);
      await page.locator('#written .tokens .token').first().focus();
      await page.keyboard.press('ArrowRight');
      const focused = (await page.locator('.token:focus').textContent())!;
      const readout = (await page.locator('#written .readout').textContent())!;
      assert.ok(readout.includes(focused.trim()) && /entropy after it \d\.\d\d nats/.test(readout));
      await page.goBack();
      await page.getByText('Provide me with a short list of Rivers').waitFor();
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'it opens on a list that features lengthen, under the SAE that adds the most',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/');
      await live(page);
      assert.equal(await page.locator('[role=tab][aria-selected=true]').textContent(), 'Edited');
      assert.equal(await page.locator('#edited [name=sae]').inputValue(), 'res_4');
      const added = (await page.locator('.added strong').textContent())!;
      assert.match(added, /^\+[1-9]\d* items?$/);
      const counted = (arm: string) => page.locator(`[data-arm=${arm}] li`).count();
      assert.equal(
        Number.parseInt(added, 10),
        (await counted('ablated')) - (await counted('baseline')),
      );
      const size = await page
        .locator('.added strong')
        .evaluate((node) => getComputedStyle(node).fontSize);
      assert.ok(Number.parseFloat(size) >= 36, size);
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'previous, next and random choose for all tabs, and the tabs are walked by key',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/?tab=edited&sample=rivers_short_t0.8_1');
      await live(page);
      const prompt = page.locator('.prompt');
      const sample = page.locator('[name=sample]');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.waitForURL('**sample=rivers_short_t0.8_2*');
      await page.getByRole('button', { name: 'Previous' }).click();
      await page.waitForURL('**sample=rivers_short_t0.8_1*');
      await page.getByRole('tab', { name: 'Edited' }).focus();
      await page.keyboard.press('ArrowLeft');
      await page.waitForURL('**tab=attribution&sample=rivers_short_t0.8_1*');
      assert.equal(await page.locator('[role=tab]:focus').textContent(), 'Attribution');
      assert.equal(await page.locator('[role=tabpanel]:visible').count(), 1);
      assert.match((await prompt.textContent())!, /list of Rivers/);
      const before = await sample.inputValue();
      await page.getByRole('button', { name: 'Random' }).click();
      await page.waitForFunction(
        (before) => document.querySelector<HTMLSelectElement>('[name=sample]')!.value !== before,
        before,
      );
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a list that a tab lacks is said to be, with the nearest that it has', async (t) => {
    const { page, faults } = await visit(t, 'lists/?tab=written&sample=rivers_long_t0.8_1');
    await live(page);
    await page.getByRole('tab', { name: 'Attribution' }).click();
    await page.waitForURL('**sample=rivers_short_t0.8_1*');
    assert.match(
      (await page.locator('.nearest').textContent())!,
      /^rivers_long_t0\.8_1 is not shown here; this is the nearest list that is: Rivers, short, 2\.$/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test('the addresses of the three explorers lead on, with what they choose', async (t) => {
    for (const [from, to] of [
      [
        'samples/?topic=rivers&template=long&temperature=0.8&replicate=2&color=end',
        'rivers_long_t0.8_2',
      ],
      [
        'attribution/?sample=rivers_short_t0.8_1&sae=res_3&metric=end_hyphen#main',
        'rivers_short_t0.8_1',
      ],
      ['ablation/?sample=rivers_short_t0.8_1&sae=res_3&protocol=continue', 'rivers_short_t0.8_1'],
    ] as const) {
      const { page, faults } = await visit(t, from);
      await page.waitForURL('**/lists/?tab=*');
      await live(page);
      const { searchParams, hash } = new URL(page.url());
      assert.equal(hash, new URL(from, url).hash);
      assert.equal(await page.locator('form [name=sample]').inputValue(), to);
      for (const name of ['color', 'sae', 'metric', 'protocol'])
        if (searchParams.has(name))
          assert.equal(
            await page.locator(`[role=tabpanel]:visible [name=${name}]`).inputValue(),
            searchParams.get(name),
            name,
          );
      assert.deepEqual(faults, []);
      await page.close();
    }
    const { page } = await visit(t, 'ablation/', { javaScriptEnabled: false });
    await page.waitForURL('**/lists/?tab=edited');
  });

  await t.test('nothing moves while a list is on its way', async (t) => {
    for (const width of [1200, 360])
      for (const path of ['', '?tab=written', '?tab=attribution&sample=rivers_short_t0.8_1']) {
        const page = await browser.newPage({ viewport: { width, height: 800 } });
        t.after(() => page.close());
        await page.addInitScript(watchShifts);
        await page.goto(`${url}lists/${path}`);
        await live(page);
        await page.waitForTimeout(200);
        const shift = await page.evaluate(() => Reflect.get(window, 'shift') as number);
        assert.ok(shift <= 0.02, `${path} at ${width} px: ${shift}`);
      }
  });

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
      const { page, faults } = await visit(
        t,
        'lists/?tab=attribution&sample=rivers_short_t0.8_1&sae=res_3',
      );
      await live(page);
      const token = page.locator('#attribution .tokens .token', { hasText: / short/ });
      await token.focus();
      const readout = (await page.locator('#attribution .readout').textContent())!;
      assert.match(
        readout,
        /^“ short”: all features −?\d\.\d+, error −?\d\.\d+, bias −?\d\.\d+ logits$/,
      );
      const here = await page.locator('#attribution tbody a').allTextContents();
      await page.keyboard.press('ArrowRight');
      assert.notDeepEqual(await page.locator('#attribution tbody a').allTextContents(), here);
      await page.getByLabel('Metric').selectOption('end_hyphen');
      await page.waitForURL('**metric=end_hyphen');
      assert.match((await page.locator('#attribution .tokens').textContent()) ?? '', /↵$/);
      await page.goBack();
      await page.locator('#attribution .tokens .token', { hasText: / short/ }).focus();
      await page.locator('#attribution tbody a').first().click();
      await page.waitForURL('**/features/res_3_*/');
      assert.equal(await page.locator('h1').textContent(), here[0]);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a list is shown under every arm, with what was zeroed', async (t) => {
    const { page, faults } = await visit(
      t,
      'lists/?tab=edited&sample=rivers_short_t0.8_0&sae=res_4',
    );
    await live(page);
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
    const named = await page.locator('#edited tbody td:nth-child(2)').allTextContents();
    assert.deepEqual([...new Set(named)].sort(), [...new Set(edited)].sort());
    await page.locator('[name=protocol]').selectOption('continue');
    await page.waitForURL('**protocol=continue*');
    const shared = (await items('baseline')).slice(0, -1);
    assert.deepEqual((await items('ablated')).slice(0, shared.length), shared);
    await page.goto(page.url().replace('_t0.8_0', '_t0.8_1'));
    await live(page);
    assert.match(
      (await page.locator('[data-arm=reconstruction] .small').textContent())!,
      /^written for the first list/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test(
    'a list is coloured by what a reader asks, and stays chosen from tab to tab',
    async (t) => {
      const { page, faults } = await visit(
        t,
        'lists/?tab=written&topic=rivers&template=short&replicate=1',
      );
      await live(page);
      const classes = () =>
        page
          .locator('#written .tokens .token')
          .evaluateAll((tokens) => tokens.map(({ className }) => className));
      const color = page.getByRole('combobox', { name: 'Colour' });
      const byEntropy = await classes();
      await color.selectOption('end');
      assert.notDeepEqual(await classes(), byEntropy);
      assert.match(
        (await page.locator('#written .scale').getAttribute('aria-label'))!,
        /probability of the end, from 0\.00 to \d\.\d\d$/,
      );
      await page.reload();
      await live(page);
      assert.equal(await color.inputValue(), 'end');
      await color.selectOption('attribution');
      assert.ok((await classes()).some((name) => /side-?[1-4]/.test(name)));
      await page.locator('[name=template]').selectOption('long');
      await page.getByText('The end of this list is not attributed').waitFor();
      await page.goBack();
      await page.getByText('Provide me with a short list of Rivers').waitFor();
      await page.getByRole('tab', { name: 'Edited' }).click();
      await page.waitForURL('**/lists/?tab=edited&sample=rivers_short_t0.8_1*');
      assert.deepEqual(faults, []);
    },
  );

  await t.test('an address that names no sample shows the nearest', async (t) => {
    const { page, faults } = await visit(
      t,
      'lists/?tab=written&topic=dragons&template=short&temperature=7&replicate=0',
    );
    await live(page);
    assert.ok((await page.locator('.token').count()) > 5);
    assert.deepEqual(faults, []);
  });
});

const live = (page: Page): Promise<void> =>
  page.locator('list-explorer[data-state=live]').waitFor();

/** What the address chooses is chosen in the form and on the side that is shown. */
async function checkChosen(page: Page, searchParams: URLSearchParams): Promise<void> {
  for (const [name, value] of searchParams) {
    if (name === 'tab') continue;
    const field = `:is(form.chooser, [role=tabpanel]:not([hidden])) [name=${name}]`;
    assert.equal(await page.locator(field).inputValue(), value, name);
  }
}

/** Add up what moves without a reader's doing. Runs in the page. */
function watchShifts(): void {
  Reflect.set(window, 'shift', 0);
  const add = (by: number) => Reflect.set(window, 'shift', Reflect.get(window, 'shift') + by);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!Reflect.get(entry, 'hadRecentInput')) add(Reflect.get(entry, 'value') as number);
  }).observe({ type: 'layout-shift', buffered: true });
}
