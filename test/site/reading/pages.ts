import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { brokenLinks, htmlFaults, violations } from '../page-checks.ts';
import type { ReadSite } from './three-studies.ts';

/** Every kind of page, of each study: its HTML, its accessibility, its links and its width. */
export async function checkPages(t: TestContext, site: ReadSite): Promise<void> {
  for (const path of PAGES)
    await t.test(
      `/${path} is valid, accessible, without a broken link, and no wider than 360 px`,
      (t) => wholePage(t, site, path),
    );
}

/** Of a run, which the site opens with, of a base model, and of the miniature. */
const PAGES = [
  ...['', 'all/', 'search/', 'data/', 'base-model/', 'base-model/all/', 'base-model/lists/'],
  ...['miniature/', 'miniature/all/', 'miniature/search/', 'miniature/lists/', 'miniature/graph/'],
];

async function wholePage(t: TestContext, { dir, visit }: ReadSite, path: string): Promise<void> {
  assert.deepEqual(await htmlFaults(readFileSync(join(dir, path, 'index.html'), 'utf8')), []);
  const { page, faults } = await visit(t, path, { viewport: { width: 360, height: 800 } });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.deepEqual(await violations(page), []);
  // The copies lack most features' cards; their links are tried where the whole site is built.
  const broken = await brokenLinks(page);
  assert.deepEqual(
    broken.filter((link) => !/\/features\/\w+\/$/.test(link)),
    [],
  );
  assert.deepEqual(faults, []);
}
