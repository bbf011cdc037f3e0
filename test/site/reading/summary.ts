import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** The front page. */
export async function checkSummary(t: TestContext, site: ReadSite): Promise<void> {
  await t.test(
    'the finding and real lists are on the first screen, and every still leads to its figure',
    (t) => stills(t, site),
  );
}

async function stills(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page } = await visit(t, 'miniature/', { viewport: { width: 1440, height: 1000 } });
  // A font that came too late for the first view, which keeps what it began with, is there for the second.
  await page.evaluate(() => document.fonts.load("1em 'Source Serif 4'"));
  await page.reload();
  for (const part of ['.finding', '.lead-columns', '.strip']) {
    const { y, height } = (await page.locator(part).boundingBox())!;
    assert.ok(y + height <= 1000, `${part}: ${y + height}`);
  }
  assert.ok((await page.locator('.lead-columns .pill:visible').count()) >= 5);
  assert.ok((await page.locator('.front .interval').count()) >= 8);
  const stills = page.locator('.front .still');
  for (let i = 0; i < (await stills.count()); i++) {
    await stills.nth(i).click();
    await page.waitForURL(/[a-z]+\/#figure-/);
    const { hash } = new URL(page.url());
    assert.equal(await page.locator(hash).isVisible(), true);
    await page.goBack();
  }
}
