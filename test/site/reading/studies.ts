import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import sharp from 'sharp';
import { SITE } from '../built-site.ts';
import type { ReadSite } from './three-studies.ts';

/** Each page is of one study, says which, and has nothing of another. */
export async function checkStudies(t: TestContext, site: ReadSite): Promise<void> {
  await t.test('predictions and outcomes are a section of studies that have them alone', () =>
    predictions(site),
  );
  await t.test('each page is stamped with its study and leads to the same page of the other', (t) =>
    samePage(t, site),
  );
  await t.test('no figure or number of one study is on a page of the other', (t) =>
    nothingOfAnother(t, site),
  );
  await t.test('a shared page has a card with its study’s name', (t) => cards(t, site));
}

function predictions({ dir }: ReadSite): void {
  const sectionOf = (path: string) =>
    /<section aria-labelledby="predictions"[\s\S]*?<\/section>/.exec(
      readFileSync(join(dir, path, 'index.html'), 'utf8'),
    )?.[0];
  const words = sectionOf('cause')!
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ');
  assert.match(words, /Of 3 predictions, 1 were right and 1 wrong; the rest have no outcome/);
  assert.equal(sectionOf('miniature/cause'), undefined);
  assert.equal(sectionOf('base-model/cause'), undefined);
}

async function samePage(t: TestContext, { url, visit }: ReadSite): Promise<void> {
  for (const path of ['', 'decision/', 'lists/', 'search/', 'features/table/']) {
    const { page } = await visit(t, `miniature/${path}`);
    const studies = page.getByRole('navigation', { name: 'Studies' });
    assert.equal(await studies.locator('[aria-current]').textContent(), 'miniature');
    await studies.getByRole('link', { name: 'another' }).click();
    await page.waitForURL(`${url}${path}`);
    assert.equal(await studies.locator('[aria-current]').textContent(), 'another');
    assert.match((await page.locator('footer').textContent())!, /Study another,/);
    assert.equal(await page.getByText('Results of the miniature').count(), 0);
    await page.close();
  }
}

async function nothingOfAnother(t: TestContext, { visit }: ReadSite): Promise<void> {
  const { page } = await visit(t, 'all/');
  const texts = await page.locator('.stamp').allTextContents();
  assert.ok(texts.length > 20);
  for (const text of texts) assert.doesNotMatch(text, /miniature, not Gemma/);
  assert.deepEqual(
    (
      await page
        .locator('[data-rows], [data-spec]')
        .evaluateAll((nodes) => nodes.map((node) => (node as HTMLElement).dataset.rows!))
    ).filter((path) => !path.includes('/data/another/')),
    [],
  );
}

async function cards(t: TestContext, { dir, url, visit }: ReadSite): Promise<void> {
  for (const [path, study, card] of [
    ['', 'another', 'report'],
    ['miniature/features/', 'miniature', 'features'],
    ['miniature/features/table/', 'miniature', 'features'],
  ] as const) {
    const { page } = await visit(t, path);
    const meta = (name: string) => page.locator(`meta[property="${name}"]`).getAttribute('content');
    const image = (await meta('og:image'))!;
    assert.equal(image, `${SITE}${new URL(url).pathname}data/${study}/card.${card}.png`);
    const file = join(dir, 'data', study, `card.${card}.png`);
    const { width, height, format } = await sharp(readFileSync(file)).metadata();
    assert.deepEqual([format, width, height], ['png', 1200, 630]);
    assert.equal(await meta('og:url'), `${SITE}${new URL(url).pathname}${path}`);
    await page.close();
  }
}
