import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open, violations } from './page-checks.ts';

test('what every page has: sources of its numbers, themes and a citation', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, path: string, options?: BrowserContextOptions) =>
    open(t, browser, url + path, options);

  await t.test('a number shows its query and leads to its tables, by key', async (t) => {
    const { page, faults } = await visit(t, '');
    const number = page.locator('main data.num[data-query]', { hasText: '[' }).first();
    const box = page.getByRole('dialog');
    const text = await number.textContent();
    for (const key of ['Enter', ' ']) {
      await number.focus();
      await page.keyboard.press(key);
      await box.waitFor();
      assert.equal(await box.locator('pre').textContent(), await number.getAttribute('data-query'));
      assert.equal(await number.getAttribute('aria-expanded'), 'true');
      await page.keyboard.press('Escape');
      await box.waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), text);
      assert.equal(await number.getAttribute('aria-expanded'), 'false');
    }
    await page.keyboard.press('Enter');
    assert.deepEqual(await violations(page, '#number-source'), []);
    const table = await box.locator('a').first().textContent();
    await box.locator('a').first().click();
    await page.waitForURL(`**/data/#${table}`);
    assert.equal(await page.locator(`[id="${table}"]`).count(), 1);
    assert.deepEqual(faults, []);
  });

  await t.test('by touch, within a narrow window, and closed by a press elsewhere', async (t) => {
    const phone = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 700 } };
    const { page, faults } = await visit(t, 'all/', phone);
    for (const at of [0, 7, 40]) {
      const number = page.locator('main .num[data-query]').nth(at);
      await number.scrollIntoViewIfNeeded();
      await number.tap();
      const box = page.getByRole('dialog');
      await box.waitFor();
      const { x, width } = (await box.boundingBox())!;
      assert.ok(x >= 0 && x + width <= 360, `${x} ${width}`);
      await page.touchscreen.tap(2, 2);
      await box.waitFor({ state: 'hidden' });
    }
    assert.deepEqual(faults, []);
  });

  await t.test(
    'no number keeps its query from keys and touch; without scripts each has it as title',
    async (t) => {
      const { page } = await visit(t, 'all/');
      assert.equal(await page.locator('main data.num:not([data-query])').count(), 0);
      const { page: plain } = await visit(t, 'all/', { javaScriptEnabled: false });
      assert.equal(await plain.locator('main data.num:not([title])').count(), 0);
    },
  );

  await t.test(
    'a chosen theme is worn by text and figures, and kept; paper stays light',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/', { colorScheme: 'light' });
      const theme = page.getByLabel('Theme');
      const light = await ground(page);
      await theme.selectOption('dark');
      const dark = await ground(page);
      assert.notEqual(dark, light);
      for (const path of ['embed/items-per-list/', 'data/']) {
        await page.goto(url + path);
        assert.equal(await ground(page), dark, path);
      }
      assert.equal(await theme.inputValue(), 'dark');
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme),
        'dark',
      );
      await page.emulateMedia({ media: 'print', colorScheme: 'light' });
      assert.equal(await ground(page), light);
      await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
      await theme.selectOption('light');
      assert.equal(await ground(page), light);
      await theme.selectOption('');
      assert.equal(await ground(page), dark);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('the foot says how to cite', async (t) => {
    const { page } = await visit(t, '', { javaScriptEnabled: false });
    await page.getByText('Cite this', { exact: true }).click();
    const bibtex = page.locator('footer pre');
    await bibtex.waitFor();
    assert.match(
      (await bibtex.textContent())!,
      /^@misc\{how-a-list-ends,[\s\S]*url = \{https:\/\/site\.example\//,
    );
    assert.match((await page.locator('.byline').textContent())!, /By the authors/);
  });
});

/** The colour that the page lies on. */
const ground = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
