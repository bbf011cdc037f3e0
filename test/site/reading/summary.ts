import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** The summary at the head of the report. */
export async function checkSummary(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('the summary is first, with three stills that lead to their figures', (t) =>
    stills(t, site),
  );
}

async function stills(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page } = await visit(t, 'miniature/', { viewport: { width: 1440, height: 1000 } });
  // A font that came too late for the first view, which keeps what it began with, is there for the second.
  await page.evaluate(() => document.fonts.load("1em 'Source Serif 4'"));
  await page.reload();
  const stills = page.locator('.summary .still');
  assert.equal(await stills.count(), 3);
  for (const still of await stills.all()) {
    const { y, height } = (await still.boundingBox())!;
    assert.ok(y + height <= 1000, `${y + height}`);
  }
  assert.ok((await page.locator('.summary .interval').count()) >= 8);
  await stills.last().click();
  await page.waitForURL(/#figure-/);
}
