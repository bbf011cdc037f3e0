import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions, Locator } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { brokenLinks, compressedSize, htmlFaults, open, violations } from './page-checks.ts';

const EMBED = 'embed/items-per-list/';
const MAP = 'embed/cluster-map/';
const CONTENT = join(import.meta.dirname, '../../content');

test('figures, to take away and to lead to', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { dir, url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, path: string, options?: BrowserContextOptions) =>
    open(t, browser, url + path, options);

  await t.test('every figure says what it rests on, and has its data in three forms', async (t) => {
    const { page, faults } = await visit(t, 'all/');
    const figures = await page.locator('figure:has(vega-figure)').all();
    assert.ok(figures.length > 20);
    for (const figure of figures) {
      const stamp = (await figure.locator('.stamp').textContent())!;
      assert.match(stamp, /n = \d/);
      assert.match(stamp, /seed \d+|released data/);
      assert.match(stamp, /[0-9a-f]{10}/);
      assert.match((await figure.locator('details code').last().textContent())!, /FROM/);
      const [svg, png, csv] = await Promise.all(
        ['SVG', 'PNG', 'CSV'].map((name) => fetched(figure, name)),
      );
      const title = (await figure.locator('strong').textContent())!.replace(
        /^Figure \d+\. |\.$/g,
        '',
      );
      assert.ok(svg!.toString().includes(`>${title.replaceAll('&', '&amp;')}</text>`), title);
      assert.equal((await sharp(png).metadata()).format, 'png');
      const rows = await figure.locator('p.small:has(.tabled)').textContent();
      const count = Number(/of ([\d,]+) rows/.exec(rows!)![1]!.replaceAll(',', ''));
      assert.equal(csv!.toString().split('\r\n').length, count + 2, title);
    }
    assert.deepEqual(faults, []);
  });

  await t.test('a link to a figure leads to what it showed', async (t) => {
    const { page, faults } = await visit(t, 'all/', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const figure = page.locator('#figure-items-per-list');
    await live(figure);
    const first = await figure.locator('.plot').getAttribute('aria-label');
    await figure.getByRole('combobox', { name: 'Template' }).selectOption('short');
    await page.waitForURL('**?items-per-list.template=short');
    const other = page.locator('#figure-cluster-map');
    await live(other);
    await other.getByRole('combobox', { name: 'SAE' }).selectOption('res_3');
    await page.waitForURL('**cluster-map.sae_id=res_3');
    await other.locator('[data-saes]', { hasText: 'SAE res_3' }).waitFor();
    await figure.getByRole('button', { name: 'Copy link' }).click();
    await figure.getByRole('button', { name: 'Link copied' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(link, `${url}behaviour/?items-per-list.template=short#figure-items-per-list`);
    await page.reload();
    await live(other);
    assert.equal(await other.getByRole('combobox', { name: 'SAE' }).inputValue(), 'res_3');
    assert.match((await other.locator('.plot').getAttribute('aria-label'))!, /of res_3/);

    const { page: opened } = await open(t, browser, link);
    await live(opened.locator('#figure-items-per-list'));
    const again = opened.locator('#figure-items-per-list');
    assert.equal(await again.getByRole('combobox', { name: 'Template' }).inputValue(), 'short');
    const words = (await again.locator('.plot').getAttribute('aria-label'))!;
    assert.notEqual(words, first);
    assert.match(words, /^Histogram of list lengths by template: short lists have [^;]*$/);
    assert.equal(await again.locator('.words').textContent(), words);
    assert.deepEqual(faults, []);
  });

  await t.test('words of the text set a figure, and Back takes that back', async (t) => {
    const { page, faults } = await visit(t, 'behaviour/');
    const figure = page.locator('#figure-repeats');
    const quantity = figure.getByRole('combobox', { name: 'Quantity' });
    const words = page.locator('a.shows[data-figure=repeats]').first();
    await words.scrollIntoViewIfNeeded();
    await words.click();
    await figure.locator('[role=status]:not(:empty)').waitFor({ state: 'attached' });
    assert.equal(await quantity.inputValue(), 'repeats a list');
    assert.match(await figure.locator('.words').evaluate((node) => node.textContent!), /repeats/);
    await page.waitForURL('**?repeats.quantity=repeats+a+list');
    await page.waitForFunction(() => {
      const { top } = document.querySelector('#figure-repeats .plot')!.getBoundingClientRect();
      return top < innerHeight;
    });
    await page.goBack();
    await page.waitForURL(`${url}behaviour/`);
    assert.equal(await quantity.inputValue(), 'lists with a repeat');
    assert.deepEqual(faults, []);
  });

  await t.test('all that the text sets is offered', () => {
    const asked = readdirSync(CONTENT).flatMap((name) =>
      name.endsWith('.mdx')
        ? (readFileSync(join(CONTENT, name), 'utf8').match(/<Show /g) ?? [])
        : [],
    );
    const html = readFileSync(join(dir, 'all/index.html'), 'utf8');
    assert.equal(html.match(/<a class="shows"/g)?.length, asked.length);
  });

  await t.test('a choice that is no option, or of no figure, is passed over', async (t) => {
    const { page, faults } = await visit(
      t,
      'behaviour/?items-per-list.template=%3Cb%3E&x.y=1#figure-items-per-list',
    );
    const figure = page.locator('#figure-items-per-list');
    await live(figure);
    assert.equal(await figure.getByRole('combobox', { name: 'Template' }).inputValue(), '');
    await figure.getByRole('combobox', { name: 'Template' }).selectOption('long');
    await page.waitForURL('**?x.y=1&items-per-list.template=long#figure-items-per-list');
    assert.deepEqual(faults, []);
  });

  await t.test('the table and the words follow what is chosen', async (t) => {
    const { page } = await visit(t, EMBED);
    const figure = page.locator('figure');
    await live(figure);
    await figure.locator('figcaption > details > summary').click();
    const templates = () => figure.locator('tbody td:nth-child(2)').allTextContents();
    assert.deepEqual([...new Set(await templates())].sort(), ['long', 'plain', 'short']);
    const n = await figure.locator('[data-n]').textContent();
    await figure.getByRole('combobox', { name: 'Template' }).selectOption('plain');
    await figure.locator('[role=status]', { hasText: 'plain lists have' }).waitFor();
    assert.deepEqual([...new Set(await templates())], ['plain']);
    assert.notEqual(await figure.locator('[data-n]').textContent(), n);
    assert.equal(await figure.locator('.tabled').textContent(), String((await templates()).length));
  });

  await t.test(
    'the first words, count and table are the same from the build and the browser',
    async (t) => {
      const { page } = await visit(t, '');
      for (const figure of await page.locator('figure:has(vega-figure select)').all()) {
        await live(figure);
        const said = () =>
          figure.evaluate((node) =>
            ['.words', '[data-n]', '.tabled', 'details table'].map((part) =>
              node.querySelector(part)?.textContent?.replace(/\s+/g, ' '),
            ),
          );
        const built = await said();
        await figure.locator('[role=status]').evaluate((node) => node.replaceChildren());
        await figure.locator('select').first().dispatchEvent('change');
        await figure.locator('[role=status]:not(:empty)').waitFor({ state: 'attached' });
        assert.deepEqual(await said(), built);
      }
    },
  );

  await t.test('a figure is read mark by mark with the keys', async (t) => {
    const { page, faults } = await visit(t, EMBED);
    const figure = page.locator('figure');
    await live(figure);
    const status = figure.locator('[role=status]');
    await figure.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    const first = await status.textContent();
    assert.match(first!, /^template \w+, items \d+, lists \d+$/);
    const tooltip = page.locator('#vg-tooltip-element');
    assert.equal(await tooltip.isVisible(), true);
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await status.textContent(), first);
    await page.keyboard.press('Home');
    assert.equal(await status.textContent(), first);
    await page.keyboard.press('Escape');
    assert.equal(await tooltip.isVisible(), false);
    assert.deepEqual(faults, []);
  });

  await t.test('an embedded figure lives in a frame, and its links leave it', async (t) => {
    const page = await browser.newPage();
    t.after(() => page.close());
    const src = `${url}${MAP}?cluster-map.sae_id=res_3`;
    await page.setContent(`<iframe src="${src}" width="480" height="640"></iframe>`);
    const frame = page.frameLocator('iframe');
    await frame.locator('vega-figure[data-state=live]').waitFor();
    assert.equal(await frame.getByRole('combobox', { name: 'SAE' }).inputValue(), 'res_3');
    await frame.locator('.plot').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/features\/(table\/\?words=)?res_3_\d+/);
  });

  await t.test('an embedded figure is no page for searches', async () => {
    assert.match(
      readFileSync(join(dir, EMBED, 'index.html'), 'utf8'),
      /<meta name="robots" content="noindex">/,
    );
  });

  for (const path of [EMBED, MAP]) {
    await t.test(`/${path} is valid, accessible, light, and fits 360 px`, async (t) => {
      const { page, faults } = await visit(t, path, { viewport: { width: 360, height: 700 } });
      await live(page.locator('figure'));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(await htmlFaults(readFileSync(join(dir, path, 'index.html'), 'utf8')), []);
      assert.deepEqual(await brokenLinks(page), []);
      const urls = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      );
      const sizes = await Promise.all([url + path, ...new Set(urls)].map(compressedSize));
      assert.ok(sizes.reduce((a, b) => a + b, 0) <= 300_000);
      assert.deepEqual(faults, []);
    });

    await t.test(`/${path} shows its figure without scripts`, async (t) => {
      const { page, faults } = await visit(t, path, { javaScriptEnabled: false });
      assert.ok((await page.locator('.plot img').boundingBox())!.height > 80);
      assert.equal(await page.locator('form:visible, button:visible').count(), 0);
      assert.ok((await page.locator('.permalink').getAttribute('href'))!.includes('#figure-'));
      assert.deepEqual(faults, []);
    });
  }
});

/** Bring a figure into view and wait until it is alive. */
async function live(figure: Locator): Promise<void> {
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('vega-figure[data-state=live]').waitFor();
}

async function fetched(figure: Locator, name: string): Promise<Buffer> {
  const link = figure.getByRole('link', { name, exact: true });
  const response = await fetch(await link.evaluate((node) => (node as HTMLAnchorElement).href));
  assert.ok(response.ok);
  return Buffer.from(await response.arrayBuffer());
}
