import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ReadSite } from './three-studies.ts';

/** What the pages say of each study's model, and of the claims, which are compared across models. */
export async function checkModels(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('each study’s pages have its own words for what ends a list', (t) =>
    wordsOfEvents(t, site),
  );
  await t.test('a base model is said to be one, and whose SAEs a study has', (t) =>
    baseModel(t, site),
  );
  await t.test('the claims have a column for each model, the same on every page', (t) =>
    claims(t, site),
  );
}

async function wordsOfEvents(t: TestContext, { visit }: ReadSite): Promise<void> {
  const words = {
    'all/': ['The end of the turn over a newline', 'The end of the turn over a hyphen'],
    'base-model/all/': ['A blank line over a newline', 'A newline over a hyphen'],
    'miniature/all/': ['A blank over a newline', 'The end of the turn over a hyphen'],
  };
  for (const [path, [afterItem, afterNewline]] of Object.entries(words)) {
    const { page } = await visit(t, path);
    const section = page.locator('section[aria-labelledby=first-approximations] li');
    assert.match((await section.nth(0).textContent())!, new RegExp(`^${afterItem}, after an item`));
    assert.match(
      (await section.nth(1).textContent())!,
      new RegExp(`^${afterNewline}, after an item`),
    );
    const metrics = page.locator('#figure-attributed-features select[name=metric] option');
    assert.deepEqual(await metrics.allTextContents(), [
      `${lower(afterItem!)}, after the last item`,
      `${lower(afterNewline!)}, after its newline`,
    ]);
    const shown = page.locator('a.shows[data-figure=attributed-features]');
    assert.equal(await shown.count(), 1, 'a link that chooses what the figure offers');
    await page.close();
  }
}

const lower = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

async function baseModel(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page } = await visit(t, 'base-model/all/');
  assert.match((await page.locator('.banner').textContent())!, /base model/);
  assert.match((await page.locator('section.front').textContent())!, /a base\s+model/);
  assert.match((await page.locator('.stamp').first().textContent())!, /base-model \(base model\)/);
  const saes = page.locator('section[aria-labelledby=saes]');
  assert.match((await saes.textContent())!, /trained by this project/);
  assert.match(
    (await saes.locator('#figure-sae-quality .stamp').textContent())!,
    /SAEs trained by this project/,
  );
  assert.equal(await page.getByText('Gemma Scope').first().isVisible(), true);
  assert.equal(await page.getByText('the sparse autoencoders of Gemma Scope').count(), 0);
}

async function claims(t: TestContext, { visit }: ReadSite): Promise<void> {
  const row = 'In every topic a blank stands after the last item.';
  for (const path of ['gemma/', 'base-model/gemma/', 'miniature/gemma/']) {
    const { page } = await visit(t, path);
    const table = page.getByRole('region', { name: 'The claims of the write-up' });
    assert.deepEqual(await table.getByRole('columnheader').allTextContents(), [
      'claim',
      'Gemma 2 2B, released data',
      'another',
      'base-model (base model)',
      'miniature',
    ]);
    const verdicts = await table
      .locator('tr', { has: page.locator('summary', { hasText: row }) })
      .locator('td.verdict .sign')
      .evaluateAll((signs) => signs.map((sign) => sign.getAttribute('aria-label')));
    assert.deepEqual(verdicts.slice(1), ['holds', 'does not hold', 'holds']);
    const ofTheWriteUp = table
      .locator('tr', { has: page.locator('summary', { hasText: 'The prompts begin' }) })
      .locator('td.verdict');
    assert.deepEqual((await ofTheWriteUp.allTextContents()).slice(1), ['–', '–', '–']);
    await page.close();
  }
}
