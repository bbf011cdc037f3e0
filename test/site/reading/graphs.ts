import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** The page of attribution graphs, of the studies that have any. */
export async function checkGraphs(t: TestContext, { dir, visit }: ReadSite): Promise<void> {
  await t.test(
    'a study without graphs has no page of them, and nothing leads to one',
    async (t) => {
      assert.ok(existsSync(join(dir, 'miniature/graph/index.html')));
      assert.equal(existsSync(join(dir, 'base-model/graph')), false);
      assert.deepEqual(globSync(join(dir, 'data/base-model/*.graph*.json')), []);
      for (const page of globSync(join(dir, 'base-model/**/*.html')))
        assert.doesNotMatch(readFileSync(page, 'utf8'), /href="[^"]*\/base-model\/graph\//, page);
      const { page } = await visit(t, 'miniature/graph/');
      await page.getByRole('link', { name: /^base-model/ }).click();
      await page.waitForURL('**/base-model/');
    },
  );

  await t.test(
    'a node leads to its feature’s card where there is one, and else nowhere',
    async (t) => {
      const { page, faults } = await visit(t, 'miniature/graph/');
      await page.locator('graph-view[data-state=live]').waitFor();
      const features = page.locator('.paths tbody').nth(1).locator('button', { hasText: /^tc_/ });
      for (const button of await features.all()) {
        await button.click();
        const id = /^tc_\d+_\d+/.exec((await button.textContent())!)![0];
        const hasCard = existsSync(join(dir, 'miniature/features', id));
        assert.equal(await page.locator('.panel h2 a').count(), hasCard ? 1 : 0, id);
      }
      assert.deepEqual(faults, []);
    },
  );
}
