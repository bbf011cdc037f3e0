import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { brokenLinks } from '../page-checks.ts';
import type { ReadSite } from './three-studies.ts';

/** The page of the search. */
export async function checkSearch(t: TestContext, site: ReadSite): Promise<void> {
  await t.test(
    'the search finds text, numbers and features, and keeps the question in the address',
    (t) => found(t, site),
  );
  await t.test('what is searched for is text, not HTML', (t) => textNotHtml(t, site));
}

async function found(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(t, 'miniature/search/');
  await page.locator('site-search[data-state=live]').waitFor();
  await page.keyboard.press('Tab');
  await page.getByRole('searchbox').fill('steering');
  const links = page.locator('.results a');
  await links.first().waitFor();
  assert.ok((await links.count()) > 2);
  assert.match(
    (await page.getByRole('status').textContent())!,
    /^\d+ passages? and \d+ features? with “steering”\.$/,
  );
  assert.ok((await page.locator('mark').count()) > 2);
  assert.deepEqual(await brokenLinks(page), []);
  await page.reload();
  await page.locator('.results a').first().waitFor();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'steering');
  for (const question of ['why does it stop', 'entropi', 'entopy', 'end of the giraffe']) {
    await page.getByRole('searchbox').fill(question);
    await page.getByRole('status').filter({ hasText: question }).waitFor();
    assert.ok((await page.locator('.found h2:text("In the text") + ul li').count()) > 0, question);
  }
  await page.getByRole('searchbox').fill('res_5_122');
  await page.locator('.results a', { hasText: 'res_5_122' }).last().click();
  await page.waitForURL('**/features/res_5_122/');
  assert.deepEqual(faults, []);
}

async function textNotHtml(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(
    t,
    `search/?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
  );
  await page.locator('site-search[data-state=live]').waitFor();
  assert.equal(await page.locator('site-search img').count(), 0);
  await page.getByRole('status').filter({ hasText: '“<img src=x' }).waitFor();
  assert.deepEqual(faults, []);
}
