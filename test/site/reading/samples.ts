import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** Lists on the page of samples. */
export async function checkSamples(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('a list that loops has a badge, and no other has', (t) => badgeOfLoops(t, site));
}

async function badgeOfLoops(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(t, 'samples/?template=short&replicate=1');
  await page.locator('sample-explorer[data-state=live]').waitFor();
  const badge = page.locator('.badge', { hasText: 'loops' });
  await badge.waitFor();
  const sample = page.locator('select[name=replicate]');
  const options = await sample.locator('option').allTextContents();
  assert.deepEqual(
    options.filter((option) => option.includes('loops')),
    ['2, loops'],
  );
  await sample.selectOption('0');
  await badge.waitFor({ state: 'hidden' });
  assert.deepEqual(faults, []);
}
