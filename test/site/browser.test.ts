import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { launchBrowser, servedSite } from './built-site.ts';
import {
  brokenLinks,
  compressedSize,
  htmlFaults,
  open,
  violations,
  wakeAll,
} from './page-checks.ts';

const CARD = 'features/res_3_150/';
const PAGES = [
  ...['', 'samples/', 'features/', CARD, 'attribution/', 'ablation/', 'cost/', 'data/', 'search/'],
];

test('the built site, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { dir, url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, path: string, options?: BrowserContextOptions) =>
    open(t, browser, url + path, options);

  await t.test(
    'figures come alive on view, answer to their controls and explain a point',
    async (t) => {
      const { page, faults } = await visit(t, '');
      const figure = page.locator('#figure-items-per-list');
      assert.equal(await figure.locator('form').isVisible(), false);
      await figure.scrollIntoViewIfNeeded();
      await figure.locator('vega-figure[data-state=live]').waitFor();
      const bars = figure.locator('.mark-rect.role-mark path');
      const before = await bars.count();
      await figure.getByRole('combobox', { name: 'Template' }).selectOption('short');
      await page.waitForFunction(
        ([selector, n]) => document.querySelectorAll(selector as string).length < (n as number),
        ['#figure-items-per-list .mark-rect.role-mark path', before] as const,
      );
      await bars.first().hover();
      const tooltip = page.locator('#vg-tooltip-element.visible');
      await tooltip.waitFor();
      assert.match((await tooltip.textContent())!, /template\s*short/);
      await wakeAll(page);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a figure takes the width that it has', async (t) => {
    const { page } = await visit(t, '');
    const plot = page.locator('#figure-temperature .plot');
    await wakeAll(page);
    await page.setViewportSize({ width: 420, height: 800 });
    await page.waitForFunction(() => {
      const [plot, svg] = ['.plot', '.plot svg'].map(
        (part) => document.querySelector<HTMLElement>(`#figure-temperature ${part}`)!,
      );
      return svg!.getBoundingClientRect().width === plot!.clientWidth;
    });
    assert.ok((await plot.boundingBox())!.width <= 420);
  });

  await t.test('the contents follow the reader', async (t) => {
    const { page } = await visit(t, '', { viewport: { width: 1440, height: 900 } });
    const current = page.locator('.contents [aria-current]');
    for (const id of ['repeats', 'blanks-by-topic']) {
      await page.evaluate((id) => document.getElementById(id)!.scrollIntoView(), id);
      await page.locator(`.contents a[href="#${id}"][aria-current]`).waitFor();
      assert.equal(await current.count(), 1);
    }
  });

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

  await t.test(
    'a map loads the part that is chosen, and a cell leads to its feature',
    async (t) => {
      const { page, faults } = await visit(t, '');
      const figure = page.locator('#figure-cluster-map');
      await figure.scrollIntoViewIfNeeded();
      await figure.locator('vega-figure[data-state=live]').waitFor();
      const canvas = figure.locator('canvas');
      const drawn = () => canvas.evaluate((node: HTMLCanvasElement) => node.toDataURL());
      const first = await drawn();
      const loaded = page.waitForResponse(/cluster-map\.res_3\.rows\.json$/);
      await figure.getByRole('combobox', { name: 'SAE' }).selectOption('res_3');
      await loaded;
      const changed = async (before: string) => {
        while ((await drawn()) === before) await page.waitForTimeout(20);
      };
      await changed(first);
      const light = await drawn();
      await page.emulateMedia({ colorScheme: 'dark' });
      await changed(light);
      // The middle of the map's last row and column is a cell of the densest cluster.
      const box = (await canvas.boundingBox())!;
      const tooltip = page.locator('#vg-tooltip-element.visible');
      for (let share = 0.2; share < 1 && !(await tooltip.isVisible()); share += 0.01)
        await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.6);
      const id = /res_3_\d+/.exec((await tooltip.textContent())!)![0];
      await page.mouse.down();
      await page.mouse.up();
      await page.waitForURL(`**/features/${id}/`);
      assert.equal(await page.locator('h1').textContent(), id);
      assert.deepEqual(faults, []);
    },
  );

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
    const { page, faults } = await visit(t, 'ablation/?sample=rivers_short_t0.8_1&sae=res_4');
    await page.locator('ablation-view[data-state=live]').waitFor();
    const items = (arm: string) => page.locator(`[data-arm=${arm}] li`).allTextContents();
    const counts = await page.locator('[data-arm] .small').allTextContents();
    for (const [i, arm] of ['baseline', 'ablated', 'random', 'reconstruction'].entries())
      assert.match(counts[i]!, new RegExp(`^${(await items(arm)).length} items?`));
    assert.notDeepEqual(await items('ablated'), await items('baseline'));
    const edited = await page.locator('.kept-token.edited').allTextContents();
    const named = await page.locator('tbody td:nth-child(2)').allTextContents();
    assert.deepEqual([...new Set(named)].sort(), [...new Set(edited)].sort());
    await page.getByLabel('Edited').selectOption('continue');
    await page.waitForURL('**protocol=continue');
    const shared = (await items('baseline')).slice(0, -1);
    assert.deepEqual((await items('ablated')).slice(0, shared.length), shared);
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
        /turn ends, from 0 to 1$/,
      );
      await page.reload();
      await page.locator('sample-explorer[data-state=live]').waitFor();
      assert.equal(await color.inputValue(), 'end');
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

  for (const path of PAGES) {
    await t.test(`/${path} has no horizontal scroll at 360 px`, async (t) => {
      const { page, faults } = await visit(t, path, { viewport: { width: 360, height: 800 } });
      await wakeAll(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, 360);
      assert.deepEqual(faults, []);
    });

    await t.test(`/${path} is accessible in light and dark`, async (t) => {
      const { page } = await visit(t, path);
      await wakeAll(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await violations(page), [], colorScheme);
      }
    });

    await t.test(`/${path} reads whole without scripts`, async (t) => {
      const { page, faults } = await visit(t, path, { javaScriptEnabled: false });
      for (const still of await page.locator('.plot img').all()) {
        await still.scrollIntoViewIfNeeded();
        assert.ok((await still.boundingBox())!.height > 80);
        await page.waitForFunction(
          (img) => (img as HTMLImageElement).naturalWidth > 0,
          await still.elementHandle(),
        );
      }
      assert.equal(await page.locator('form:visible').count(), 0);
      // In MDX a component alone on its line breaks the paragraph.
      assert.equal(await page.locator('section > :is(.num, a)').count(), 0);
      assert.ok((await page.locator('main').textContent())!.length > 500);
      if (path === 'samples/') assert.ok((await page.locator('.token').count()) > 10);
      assert.deepEqual(faults, []);
    });

    await t.test(`/${path} is valid HTML, and every link on it leads somewhere`, async (t) => {
      const html = readFileSync(join(dir, path, 'index.html'), 'utf8');
      assert.deepEqual(await htmlFaults(html), []);
      assert.doesNotMatch(html, /\[object |\bundefined\b|\bNaN\b/);
      const { page } = await visit(t, path);
      assert.deepEqual(await brokenLinks(page), []);
    });
  }

  await t.test('the first load of the report is at most 200 kB, compressed', async (t) => {
    const { page } = await visit(t, '');
    const urls = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    const sizes = await Promise.all([url, ...urls].map(compressedSize));
    const total = sizes.reduce((a, b) => a + b, 0);
    assert.ok(total <= 200_000, `${total} bytes`);
  });
});
