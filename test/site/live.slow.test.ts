import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Report } from '../../site/client/live/messages.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { launchBrowser } from '../browser.ts';
import { miniatureResults, servedSite } from './built-site.ts';
import { compressedSize, htmlFaults, open, shiftOf, violations } from './page-checks.ts';

const TOPICS = ['Rivers', 'Types of Trees', 'City Names', 'Colors', 'Movies'];
const REPLICATES = 5;

/** Most milliseconds that a model takes to load and write on a busy machine. */
const PATIENCE = 60_000;

test('the page that runs the miniature, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { url, server } = await servedSite();
  t.after(() => server.close());
  const visit = (t: TestContext, query = '', options = {}) =>
    open(t, browser, `${url}try/${query}`, options);

  await t.test('50 lists are the pipeline’s, token for token', async (t) => {
    const { page } = await visit(t);
    const found = await listsOfWorker(page);
    const database = await openDatabase(openResults(miniatureResults()));
    for (const topic of TOPICS)
      for (const arm of ['trained', 'edited'] as const) {
        const rows = await database.nested<{ token_ids: number[] }>(`
          SELECT live_lists.token_ids FROM live_lists JOIN completions USING (sample_id, topic)
          WHERE topic = '${topic}' AND arm = '${arm}' ORDER BY replicate`);
        assert.deepEqual(
          found.get(topic)![arm],
          rows.map(({ token_ids }) => token_ids),
        );
      }
  });

  await t.test(
    'nothing is loaded before a reader asks, and then from this site alone',
    async (t) => {
      const { page, faults } = await visit(t);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.waitForLoadState('networkidle');
      assert.deepEqual(
        asked.filter((path) => /live\.|worker/.test(path)),
        [],
      );
      assert.match(
        (await page.getByRole('button', { name: /^Run it here/ }).textContent())!,
        /MB\)$/,
      );
      await load(page);
      assert.equal(asked.filter((path) => /live\.(model|runtime)$/.test(path)).length, 2);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('nothing moves while the page comes alive', async (t) => {
    const { page } = await visit(t);
    await page.getByRole('button', { name: /^Run it here/ }).waitFor();
    const shift = await shiftOf(page);
    assert.ok(shift <= 0.02, `${shift}`);
  });

  await t.test(
    'the lists that were written at build time are those that the model writes',
    async (t) => {
      const { page, faults } = await visit(t);
      const built = await lines(page);
      await load(page);
      assert.deepEqual(await lines(page), built);
      const counts = await page.locator('[data-count]').allTextContents();
      assert.deepEqual(counts, [String(built[0]!.length), String(built[1]!.length)]);
      const bar = page.locator('button.stop-bar').last();
      assert.match(
        await bar.evaluate((button) => getComputedStyle(button).backgroundImage),
        /gradient/,
      );
      assert.deepEqual(await violations(page, 'main'), []);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('what is chosen stands in the address, and an edit leaves a ghost', async (t) => {
    const { page, faults } = await visit(t, '?try.topic=Rivers&try.seed=0');
    await load(page);
    const [trained, edited] = await lines(page);
    const switches = await page.locator('li:not(.inactive) [role=switch]').all();
    await switches[0]!.check();
    await settled(page);
    const ghost = (await page.locator('.live-ghost').textContent())!;
    assert.equal(ghost, `before, ${edited!.length}: ${edited!.join(', ')}`);
    for (const toggle of switches) await toggle.check();
    await settled(page);
    assert.deepEqual(await lines(page), [trained, trained]); // nothing is edited
    await page.getByLabel('Steering').fill('0.4');
    await settled(page);
    const steered = await lines(page);
    assert.ok(steered[1]!.length > trained!.length);
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get('try.steering'), '0.4');
    await page.goto(page.url());
    await load(page);
    assert.deepEqual(await lines(page), steered);
    assert.match(
      (await page.locator('.live-cite p').textContent())!,
      /model [0-9a-f]{10}.*try\.steering=0\.4/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test('space steps, enter runs, and each item is announced once', async (t) => {
    const { page, faults } = await visit(t);
    await load(page);
    const before = await lines(page);
    await page.locator('live-model').evaluate((element: HTMLElement) => {
      element.tabIndex = -1;
      element.focus();
    });
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press(' ');
      await page.locator('live-model[data-state=paused]').waitFor();
    }
    // The worker tells of its steps after the keys: until then the list of before stands there.
    await page.waitForFunction(
      (n) => document.querySelectorAll('.live-columns [data-arm=trained] li').length < n,
      before[0]!.length,
    );
    await page.getByRole('log').evaluate((log) => log.replaceChildren());
    await page.keyboard.press('Enter');
    await settled(page);
    assert.deepEqual(await lines(page), before);
    const said = await page.getByRole('log').locator('p').allTextContents();
    assert.equal(new Set(said).size, said.length);
    assert.match(said.at(-1)!, /^(as trained|edited), item \d+: .+, end \d+.%$/);
    assert.deepEqual(faults, []);
  });

  await t.test(
    'a topic that the model does not know, and a model that does not come',
    async (t) => {
      const { page } = await visit(t);
      await page.route('**/live.runtime', (route) => route.fulfill({ status: 503, body: '' }));
      await page.getByRole('button', { name: /^Run it here/ }).click();
      await page.locator('live-model[data-state=failed]').waitFor();
      assert.match((await page.locator('.live-state').textContent())!, /live\.runtime: status 503/);
      await page.unroute('**/live.runtime');
      await load(page);
      await page.getByLabel('Topic').fill('dragons');
      await page.getByText(/^The miniature knows 23 topics: City Names, /).waitFor();
    },
  );

  await t.test('fifty seeds are two histograms, beside the study’s mean', async (t) => {
    const { page, faults } = await visit(t);
    await load(page);
    await page.getByRole('button', { name: '50 seeds' }).click();
    const drawings = page.locator('.live-seeds svg');
    await drawings.nth(1).waitFor({ timeout: PATIENCE });
    for (const label of await drawings.evaluateAll((all) => all.map((svg) => svg.ariaLabel)))
      assert.match(label!, /mean \d+\.\d items of 50 lists; the study’s lists \d+\.\d$/);
    assert.deepEqual(faults, []);
  });

  await t.test('without scripts the page is whole; it is small, and valid', async (t) => {
    const { page } = await visit(t, '', { javaScriptEnabled: false });
    assert.ok((await lines(page)).every(({ length }) => length > 0));
    assert.equal(await page.locator('live-model button').filter({ visible: true }).count(), 0);
    assert.deepEqual(await htmlFaults(await page.content()), []);
    assert.ok((await compressedSize(`${url}try/`)) < 30_000);
  });
});

/** The names of each list's items. */
const lines = async (page: Page): Promise<string[][]> =>
  Promise.all(
    ['trained', 'edited'].map((arm) =>
      page.locator(`.live-columns [data-arm=${arm}] li .item-name`).allTextContents(),
    ),
  );

async function load(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Run it here/ }).click();
  await page
    .locator('live-model:is([data-state=ready], [data-state=running], [data-state=done])')
    .waitFor({ timeout: PATIENCE });
  await settled(page);
}

const settled = (page: Page): Promise<void> =>
  page.locator('live-model:is([data-state=done], [data-state=cut])').waitFor({ timeout: PATIENCE });

type Lists = Extract<Report, { kind: 'counts' }>['tokens'];

/** The lists of each topic that the page's worker writes, with the edits with which the page was built. */
async function listsOfWorker(page: Page): Promise<Map<string, Lists>> {
  const [worker] = await Promise.all([page.waitForEvent('worker'), load(page)]);
  const written = await page.evaluate(
    async ([script, topics, n]) => {
      const element = document.querySelector<HTMLElement>('live-model')!;
      const factors = [...element.querySelectorAll<HTMLElement>('[data-feature]')].map(
        ({ dataset }) => [dataset.feature, 0],
      );
      const own = new Worker(script as string, { type: 'module' });
      const answer = (order: object, kind: string): Promise<Report> =>
        new Promise((resolve, reject) => {
          own.onmessage = ({ data }: MessageEvent<Report>) => {
            if (data.kind === kind) resolve(data);
            if (data.kind === 'failed') reject(new Error(data.reason));
          };
          own.postMessage(order);
        });
      const at = (file: string) => new URL(file, location.href).href;
      const files = { model: at(element.dataset.model!), runtime: at(element.dataset.runtime!) };
      await answer({ kind: 'load', files }, 'ready');
      const found: unknown[] = [];
      for (const [i, topic] of (topics as string[]).entries()) {
        const asked = {
          topic,
          word: 'short',
          temperature: 0.8,
          seed: 0,
          where: 'word',
          steering: 0,
        };
        const edited = { ...asked, factors: Object.fromEntries(factors), random: false };
        const report = await answer({ kind: 'seeds', job: i + 1, asked: edited, n }, 'counts');
        if (report.kind === 'counts') found.push([topic, report.tokens]);
      }
      return found;
    },
    [worker.url(), TOPICS, REPLICATES] as const,
  );
  return new Map(written as [string, Lists][]);
}
