import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** Lists that loop, on the page of lists. */
export async function checkSamples(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('a list that loops has a badge, and no other has', (t) => badgeOfLoops(t, site));
}

async function badgeOfLoops(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(t, 'lists/?tab=written&template=short&replicate=1');
  await page.locator('list-explorer[data-state=live]').waitFor();
  const badge = page.locator('#written .loops .badge');
  await badge.waitFor();
  const sample = page.locator('select[name=sample]');
  const options = await sample.locator('option').allTextContents();
  assert.deepEqual(
    options.filter((option) => !option.includes('temperature') && option.includes('loops')),
    ['2, loops'],
  );
  await sample.selectOption({ label: '1' });
  await badge.waitFor({ state: 'hidden' });
  assert.deepEqual(faults, []);
}
