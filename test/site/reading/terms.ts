import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { violations } from '../page-checks.ts';
import type { ReadSite } from './three-studies.ts';

/** Terms, citations and features of the prose: what explains them, and where they lead. */
export async function checkTerms(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('a term is explained on hover and on focus, and Escape closes it', (t) =>
    hoverAndFocus(t, site),
  );
  await t.test('by touch the first tap explains and the second follows', (t) => touch(t, site));
  await t.test('a feature of the prose says what it is, and leads to its card', (t) =>
    feature(t, site),
  );
  await t.test('without scripts every term and citation leads to the list at the end', (t) =>
    withoutScripts(t, site),
  );
}

async function hoverAndFocus(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(t, 'miniature/all/');
  const term = page.locator('a.define[href="#term-entropy"]').first();
  const box = page.getByRole('tooltip');
  await term.hover();
  assert.match((await box.textContent())!, /^The uncertainty of the next token/);
  assert.equal(await term.getAttribute('aria-describedby'), 'definition');
  await page.keyboard.press('Escape');
  await box.waitFor({ state: 'hidden' });
  await term.focus();
  await box.waitFor();
  assert.deepEqual(await violations(page, '.definition, p:has([aria-describedby])'), []);
  await page.keyboard.press('Tab');
  await page.waitForFunction(
    () =>
      !document
        .querySelector('#definition:not([hidden])')
        ?.textContent?.startsWith('The uncertainty'),
  );
  await term.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**#term-entropy');
  assert.deepEqual(faults, []);
}

async function touch(t: TestContext, { visit }: ReadSite): Promise<void> {
  const options = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 700 } };
  const { page, faults } = await visit(t, 'miniature/all/', options);
  const cite = page.locator('a.define[href="#ref-jumprelu"]');
  await cite.scrollIntoViewIfNeeded();
  await cite.tap();
  const box = page.getByRole('tooltip');
  await box.waitFor();
  assert.match((await box.textContent())!, /JumpReLU sparse autoencoders/);
  assert.equal(new URL(page.url()).hash, '');
  const { x, width } = (await box.boundingBox())!;
  assert.ok(x >= 0 && x + width <= 360);
  await cite.tap();
  await page.waitForURL('**#ref-jumprelu');
  assert.deepEqual(faults, []);
}

async function feature(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page } = await visit(t, 'miniature/all/');
  const feature = page.locator('a.define[href*="/features/"]').first();
  await feature.hover();
  assert.match((await page.getByRole('tooltip').textContent())!, /^most active at .*; promotes /);
  const name = await feature.textContent();
  await feature.click();
  await page.waitForURL(`**/features/${name}/`);
}

async function withoutScripts(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page, faults } = await visit(t, 'miniature/all/', { javaScriptEnabled: false });
  const links = await page.locator('main a.define[href^="#"]').all();
  assert.ok(links.length > 25);
  for (const link of links) {
    const place = page.locator((await link.getAttribute('href'))!);
    assert.equal(await place.isVisible(), true);
  }
  assert.deepEqual(faults, []);
}
