import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import {
  brokenLinks,
  compressedSize,
  htmlFaults,
  open,
  violations,
  wakeAll,
} from './page-checks.ts';

const CHAPTERS = [
  ...['', 'behaviour/', 'decision/', 'features/', 'cause/', 'circuits/', 'gemma/', 'instruments/'],
];
const CARD = 'features/res_1_48/';
/** Of all first loads of the lists, the one with the largest file. */
const ATTRIBUTED = 'lists/?tab=attribution&sample=rivers_short_t0.8_1';
const PAGES = [
  ...CHAPTERS,
  ...['features/table/', CARD, 'lists/', 'graph/', 'try/', 'cost/', 'data/', 'search/'],
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
      const { page, faults } = await visit(t, 'behaviour/');
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
    const { page } = await visit(t, 'behaviour/');
    const plot = page.locator('#figure-temperature .plot');
    await plot.scrollIntoViewIfNeeded();
    await page.locator('#figure-temperature vega-figure[data-state=live]').waitFor();
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
    const { page } = await visit(t, 'behaviour/', {
      viewport: { width: 1440, height: 900 },
    });
    const current = page.locator('.contents [aria-current]');
    for (const id of ['repeats', 'blanks-by-topic']) {
      await page.evaluate((id) => document.getElementById(id)!.scrollIntoView(), id);
      await page.locator(`.contents a[href="#${id}"][aria-current]`).waitFor();
      assert.equal(await current.count(), 1);
    }
  });

  await t.test(
    'a map loads the part that is chosen, and a cell leads to its feature',
    async (t) => {
      const { page, faults } = await visit(t, 'features/');
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
      const dark = await drawn();
      await page.getByLabel('Theme').selectOption('light');
      await changed(dark);
      // The middle of the map's last row and column is a cell of the densest cluster.
      const box = (await canvas.boundingBox())!;
      const tooltip = page.locator('#vg-tooltip-element.visible');
      const named = Object.keys(await (await fetch(`${url}data/miniature/cards.json`)).json());
      let id = '';
      for (let share = 0.1; share < 1 && !named.includes(id); share += 0.005) {
        await page.mouse.move(box.x + box.width * share, box.y + box.height * 0.6);
        const shown = (await tooltip.isVisible()) ? await tooltip.textContent() : '';
        id = /res_3_\d+/.exec(shown!)?.[0] ?? '';
      }
      await page.mouse.down();
      await page.mouse.up();
      await page.waitForURL(`**/features/${id}/`);
      assert.equal(await page.locator('h1').textContent(), id);
      assert.deepEqual(faults, []);
    },
  );

  for (const path of PAGES) {
    await t.test(`/${path} has no horizontal scroll at 360 px`, async (t) => {
      const { page, faults } = await visit(t, path, { viewport: { width: 360, height: 800 } });
      await wakeAll(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, 360);
      const cut = await page.locator('.plot svg text').evaluateAll((texts) =>
        texts.flatMap((text) => {
          const box = text.closest('svg')!.getBoundingClientRect();
          const { left, right } = text.getBoundingClientRect();
          const id = text.closest('figure')!.id;
          return left < box.left - 1 || right > box.right + 1 ? [`${id}: ${text.textContent}`] : [];
        }),
      );
      assert.deepEqual(cut, [], 'words that are cut');
      assert.deepEqual(faults, []);
    });

    await t.test(`/${path} is accessible in light and dark`, async (t) => {
      const { page } = await visit(t, path);
      await wakeAll(page);
      assert.deepEqual(await violations(page), []);
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
      if (path === 'lists/') assert.ok((await page.locator('.token').count()) > 10);
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

  for (const path of [...CHAPTERS, 'lists/', ATTRIBUTED, 'search/'])
    await t.test(`the first load of /${path} is at most 200 kB, compressed`, async (t) => {
      const { page } = await visit(t, path);
      await page.waitForLoadState('networkidle');
      const urls = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      );
      const sizes = await Promise.all([url + path, ...urls].map(compressedSize));
      const total = sizes.reduce((a, b) => a + b, 0);
      assert.ok(total <= 200_000, `${total} bytes`);
    });

  await t.test('an address of the time when the report was one page leads on', async (t) => {
    const { page, faults } = await visit(t, '?items-per-list.template=short#figure-items-per-list');
    await page.waitForURL(`${url}behaviour/?items-per-list.template=short#figure-items-per-list`);
    await page.goto(`${url}#claim-by-claim-model-by-model`);
    await page.waitForURL(`${url}gemma/#verdicts`);
    await page.goto(`${url}features/?sae=res_3&sort=n_samples&order=down`);
    await page.waitForURL(`${url}features/table/?sae=res_3&sort=n_samples&order=down`);
    await page.goto(`${url}#summary`);
    assert.equal(page.url(), `${url}#summary`);
    assert.deepEqual(faults, []);
  });

  await t.test(
    'the opening figure shows other lists, and the ring is at the dot of each',
    async (t) => {
      const { page, faults } = await visit(t, '');
      const lists = page.locator('lead-lists');
      const ring = () => lists.locator('.ring').getAttribute('cx');
      const at = await ring();
      for (let i = 0; i < 3; i++) await lists.getByRole('button').click();
      await page.waitForFunction(
        (before) => document.querySelector('lead-lists .ring')!.getAttribute('cx') !== before,
        at,
      );
      const response = await fetch(`${url}data/miniature/lead.json`);
      const all: { topic: string; dot: [number, number]; columns: { items: string[] }[] }[] =
        await response.json();
      const shown = await lists.locator('section').first().locator('li').allTextContents();
      const found = all.find(
        ({ columns }) => columns[0]!.items.join() === shown.map((text) => text.trim()).join(),
      )!;
      assert.equal(await lists.locator('[data-topic]').textContent(), found.topic);
      assert.equal(await ring(), String(found.dot[0]));
      assert.deepEqual(faults, []);
    },
  );
});
