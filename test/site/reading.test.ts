import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser } from '../browser.ts';
import { tempDir } from '../temp.ts';
import { miniatureResults, SITE, servedSite } from './built-site.ts';
import { brokenLinks, htmlFaults, open, violations } from './page-checks.ts';
import {
  addPredictions,
  BASE_MODEL,
  copyStudies,
  rewriteTable,
  TURN_ENDS,
} from './second-study.ts';

/** Pages of a site of three studies: a run, which it opens with, that of a base model, and the miniature. */
const PAGES = [
  ...['', 'search/', 'data/', 'base-model/', 'base-model/samples/'],
  ...['miniature/', 'miniature/search/', 'miniature/samples/'],
];

const lower = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

test('reading, searching and printing a site of three studies, in a browser', async (t) => {
  const [results, published] = [tempDir(t), tempDir(t)];
  await copyStudies(miniatureResults(), results, ['miniature']);
  await copyStudies(miniatureResults(), published, ['another'], TURN_ENDS);
  await copyStudies(miniatureResults(), published, ['base-model'], BASE_MODEL);
  await rewriteTable(
    join(published, 'base-model'),
    'exploration',
    "SELECT * REPLACE (CASE finding WHEN 'blank_before_end' THEN 0 ELSE mean END AS mean) FROM exploration",
  );
  await rewriteTable(
    join(published, 'base-model'),
    'claims',
    "SELECT * REPLACE (CASE claim_id WHEN 'blank-all-topics' THEN 'does not hold' ELSE verdict END AS verdict) FROM claims",
  );
  await addPredictions(join(published, 'another'));
  await rewriteTable(
    join(published, 'another'),
    'completions',
    'SELECT * REPLACE (replicate = 1 AS loops) FROM completions',
  );
  const { dir, url, server } = await servedSite(results, published);
  t.after(() => server.close());
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const visit = (t: TestContext, path: string, options?: BrowserContextOptions) =>
    open(t, browser, url + path, options);

  await t.test('predictions and outcomes are a section of studies that have them alone', () => {
    const sectionOf = (path: string) =>
      /<section aria-labelledby="predictions"[\s\S]*?<\/section>/.exec(
        readFileSync(join(dir, path, 'index.html'), 'utf8'),
      )?.[0];
    const words = sectionOf('')!
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ');
    assert.match(words, /Of 3 predictions 1 were right and 1 wrong; the rest have no outcome/);
    assert.equal(sectionOf('miniature'), undefined);
    assert.equal(sectionOf('base-model'), undefined);
  });

  await t.test('a list that loops has a badge, and no other has', async (t) => {
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
  });

  await t.test('a term is explained on hover and on focus, and Escape closes it', async (t) => {
    const { page, faults } = await visit(t, 'miniature/');
    const term = page.locator('a.define[href="#term-entropy"]').first();
    const box = page.getByRole('tooltip');
    await term.hover();
    assert.match((await box.textContent())!, /^How open the next token is/);
    assert.equal(await term.getAttribute('aria-describedby'), 'definition');
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'hidden' });
    await term.focus();
    await box.waitFor();
    assert.deepEqual(await violations(page, '.definition, p:has([aria-describedby])'), []);
    await page.keyboard.press('Tab');
    await page.waitForFunction(
      () =>
        !document.querySelector('#definition:not([hidden])')?.textContent?.startsWith('How open'),
    );
    await term.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**#term-entropy');
    assert.deepEqual(faults, []);
  });

  await t.test('by touch the first tap explains and the second follows', async (t) => {
    const options = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 700 } };
    const { page, faults } = await visit(t, 'miniature/', options);
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
  });

  await t.test('a feature of the prose says what it is, and leads to its card', async (t) => {
    const { page } = await visit(t, 'miniature/');
    const feature = page.locator('a.define[href*="/features/"]').first();
    await feature.hover();
    assert.match((await page.getByRole('tooltip').textContent())!, /^most active at .*; promotes /);
    const name = await feature.textContent();
    await feature.click();
    await page.waitForURL(`**/features/${name}/`);
  });

  await t.test(
    'without scripts every term and citation leads to the list at the end',
    async (t) => {
      const { page, faults } = await visit(t, 'miniature/', { javaScriptEnabled: false });
      const links = await page.locator('main a.define[href^="#"]').all();
      assert.ok(links.length > 25);
      for (const link of links) {
        const place = page.locator((await link.getAttribute('href'))!);
        assert.equal(await place.isVisible(), true);
      }
      assert.deepEqual(faults, []);
    },
  );

  await t.test('the summary is first, with three stills that lead to their figures', async (t) => {
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
  });

  await t.test(
    'the search finds text, numbers and features, and keeps the question in the address',
    async (t) => {
      const { page, faults } = await visit(t, 'miniature/search/');
      await page.locator('site-search[data-state=live]').waitFor();
      await page.keyboard.press('Tab');
      await page.getByRole('searchbox').fill('steering');
      const links = page.locator('.results a');
      assert.ok((await links.count()) > 2);
      assert.match(
        (await page.getByRole('status').textContent())!,
        /^\d+ passages? and \d+ features? with “steering”\.$/,
      );
      assert.ok((await page.locator('mark').count()) > 2);
      assert.deepEqual(await brokenLinks(page), []);
      await page.reload();
      await page.locator('.results a').first().waitFor();
      assert.equal(await page.getByRole('searchbox').inputValue(), 'steering');
      await page.getByRole('searchbox').fill('res_5_122');
      await page.locator('.results a', { hasText: 'res_5_122' }).last().click();
      await page.waitForURL('**/features/res_5_122/');
      assert.deepEqual(faults, []);
    },
  );

  await t.test('what is searched for is text, not HTML', async (t) => {
    const { page, faults } = await visit(
      t,
      `search/?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
    );
    await page.locator('site-search[data-state=live]').waitFor();
    assert.equal(await page.locator('site-search img').count(), 0);
    assert.match((await page.getByRole('status').textContent())!, /with “<img src=x/);
    assert.deepEqual(faults, []);
  });

  await t.test(
    'each page is stamped with its study and leads to the same page of the other',
    async (t) => {
      for (const path of ['', 'samples/', 'search/', 'features/res_5_122/']) {
        const { page } = await visit(t, `miniature/${path}`);
        const studies = page.getByRole('navigation', { name: 'Studies' });
        assert.equal(await studies.locator('[aria-current]').textContent(), 'miniature');
        await studies.getByRole('link', { name: 'another' }).click();
        await page.waitForURL(`${url}${path.replace(/res_.*/, '')}`);
        assert.equal(await studies.locator('[aria-current]').textContent(), 'another');
        assert.match((await page.locator('footer').textContent())!, /Study another,/);
        assert.equal(await page.getByText('Results of the miniature.').count(), 0);
        await page.close();
      }
    },
  );

  await t.test('each study’s pages have its own words for what ends a list', async (t) => {
    const words = {
      '': ['The end of the turn over a newline', 'The end of the turn over a hyphen'],
      'base-model/': ['A blank line over a newline', 'A newline over a hyphen'],
      'miniature/': ['A blank over a newline', 'The end of the turn over a hyphen'],
    };
    for (const [path, [afterItem, afterNewline]] of Object.entries(words)) {
      const { page } = await visit(t, path);
      const section = page.locator('section[aria-labelledby=first-approximations] li');
      assert.match(
        (await section.nth(0).textContent())!,
        new RegExp(`^${afterItem}, after an item`),
      );
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
  });

  await t.test('a base model is said to be one, and whose SAEs a study has', async (t) => {
    const { page } = await visit(t, 'base-model/');
    assert.match((await page.locator('.banner').textContent())!, /base model/);
    assert.match((await page.locator('section.summary').textContent())!, /a base model/);
    assert.match(
      (await page.locator('.stamp').first().textContent())!,
      /base-model \(base model\)/,
    );
    const saes = page.locator('section[aria-labelledby=saes]');
    assert.match((await saes.textContent())!, /trained by this project/);
    assert.match(
      (await saes.locator('#figure-sae-quality .stamp').textContent())!,
      /SAEs trained by this project/,
    );
    assert.equal(await page.getByText('Gemma Scope').first().isVisible(), true);
    assert.equal(await page.getByText('the sparse autoencoders of Gemma Scope').count(), 0);
  });

  await t.test('the claims have a column for each model, the same on every page', async (t) => {
    const row = 'In every topic a blank stands after the last item.';
    for (const path of ['', 'base-model/', 'miniature/']) {
      const { page } = await visit(t, path);
      const table = page.getByRole('region', { name: 'The claims of the write-up' });
      assert.deepEqual(await table.getByRole('columnheader').allTextContents(), [
        'claim',
        'Gemma 2 2B, released data',
        'another',
        'base-model (base model)',
        'miniature',
      ]);
      const cells = table.locator('tr.found', { hasText: row }).locator('td');
      assert.deepEqual((await cells.allTextContents()).slice(2), [
        'holds',
        'does not hold',
        'holds',
      ]);
      const ofTheWriteUp = table
        .locator('tr.found', { hasText: 'The prompts begin' })
        .locator('td');
      assert.deepEqual((await ofTheWriteUp.allTextContents()).slice(2), ['–', '–', '–']);
      await page.close();
    }
  });

  await t.test('no figure or number of one study is on a page of the other', async (t) => {
    const { page } = await visit(t, '');
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
  });

  await t.test('a shared page has a card with its study’s name', async (t) => {
    for (const [path, study, card] of [
      ['', 'another', 'report'],
      ['miniature/features/', 'miniature', 'features'],
      ['miniature/features/res_5_122/', 'miniature', 'features'],
    ] as const) {
      const { page } = await visit(t, path);
      const meta = (name: string) =>
        page.locator(`meta[property="${name}"]`).getAttribute('content');
      const image = (await meta('og:image'))!;
      assert.equal(image, `${SITE}${new URL(url).pathname}data/${study}/card.${card}.png`);
      const file = join(dir, 'data', study, `card.${card}.png`);
      const { width, height, format } = await sharp(readFileSync(file)).metadata();
      assert.deepEqual([format, width, height], ['png', 1200, 630]);
      assert.equal(await meta('og:url'), `${SITE}${new URL(url).pathname}${path}`);
      await page.close();
    }
  });

  await t.test('on paper there is no control and nothing is cut at the right', async (t) => {
    for (const path of ['miniature/', 'miniature/data/']) {
      const { page } = await visit(t, path, { viewport: { width: 680, height: 960 } });
      await page.emulateMedia({ media: 'print', colorScheme: 'light' });
      assert.equal(
        await page
          .locator('header nav[aria-label=Pages], .contents, form')
          .filter({ visible: true })
          .count(),
        0,
      );
      assert.equal(await page.locator('.studies [aria-current]').isVisible(), true);
      const wide = await page
        .locator('main *')
        .evaluateAll((nodes) =>
          nodes
            .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
            .map((node) => `${node.tagName} ${node.textContent!.trim().slice(0, 60)}`),
        );
      assert.deepEqual(wide, [], path);
      const broken = await page.locator('td.number').evaluateAll((cells) =>
        cells.flatMap((cell) => {
          const text = document.createRange();
          text.selectNodeContents(cell);
          const lines = new Set([...text.getClientRects()].map(({ top }) => top));
          return lines.size > 1 ? [cell.textContent] : [];
        }),
      );
      assert.deepEqual(broken, [], `${path}: a number in two lines`);
      await page.close();
    }
  });

  for (const path of PAGES)
    await t.test(
      `/${path} is valid, accessible, without a broken link, and no wider than 360 px`,
      async (t) => {
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
      },
    );
});
