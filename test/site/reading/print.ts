import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { ReadSite } from './three-studies.ts';

/** Pages as they are printed. */
export async function checkPrint(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('on paper there is no control and nothing is cut at the right', (t) =>
    onPaper(t, site),
  );
}

async function onPaper(t: TestContext, { visit }: ReadSite): Promise<void> {
  for (const path of ['miniature/all/', 'miniature/data/']) {
    const { page } = await visit(t, path, { viewport: { width: 680, height: 960 } });
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    assert.equal(
      await page
        .locator('header nav:is([aria-label=Chapters], [aria-label=Tools]), .contents, form')
        .filter({ visible: true })
        .count(),
      0,
    );
    assert.equal(await page.locator('.studies [aria-current]').isVisible(), true);
    assert.deepEqual(await tooWide(page), [], path);
    assert.deepEqual(await brokenNumbers(page), [], `${path}: a number in two lines`);
    await page.close();
  }
}

/** Elements that reach over the right edge, by their tags and first words. */
const tooWide = (page: Page): Promise<string[]> =>
  page
    .locator('main *')
    .evaluateAll((nodes) =>
      nodes
        .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
        .map((node) => `${node.tagName} ${node.textContent!.trim().slice(0, 60)}`),
    );

/** Numbers in cells of tables that are broken into two lines. */
const brokenNumbers = (page: Page): Promise<(string | null)[]> =>
  page.locator('td.number').evaluateAll((cells) =>
    cells.flatMap((cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      const lines = new Set([...text.getClientRects()].map(({ top }) => top));
      return lines.size > 1 ? [cell.textContent] : [];
    }),
  );
