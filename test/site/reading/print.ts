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
  for (const path of ['miniature/all/', 'miniature/data/', 'miniature/cost/', 'miniature/lists/']) {
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
    assert.deepEqual(await brokenWords(page), [], `${path}: a word or a number in two lines`);
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

/** Words and numbers in cells of tables that are broken into two lines; names with hyphens may break after one. */
const brokenWords = (page: Page): Promise<string[]> =>
  page.locator('main :is(td, th)').evaluateAll((cells) =>
    cells.flatMap((cell) => {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      const broken: string[] = [];
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
        for (const { 0: word, index } of text.textContent!.matchAll(
          /[\p{L}\p{N}][\p{L}\p{N}.,_’]*/gu,
        )) {
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          if (lines.size > 1) broken.push(word);
        }
      return broken;
    }),
  );
