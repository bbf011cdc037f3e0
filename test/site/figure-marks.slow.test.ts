import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open } from './page-checks.ts';

/** Places that a reader may point at, in columns and rows over a figure. */
const GRID = [12, 8] as const;

/** In figures of points and lines most places of the plane are near a mark; around it stand axes and legends. */
const FAIR_SHARE = 0.4;

/** Figures of bars and cells, in which a place that nothing lies on means nothing. */
const OF_EXTENTS: ReadonlySet<string> = new Set([
  'audit-heat',
  'audit-items',
  'cluster-map',
  'items-per-list',
  'lens-list',
  'memory-planned',
  'patching-map',
  'topic-heat',
]);

const NO_WORD = /undefined|NaN|Infinity|\[object/;

test('the marks of every figure, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { dir, url, server } = await servedSite();
  t.after(() => server.close());
  const figures = readdirSync(join(dir, 'embed'));
  const alone = async (t: TestContext, id: string) => {
    const { page, faults } = await open(t, browser, `${url}embed/${id}/`);
    await page.locator('vega-figure[data-state=live]').waitFor();
    return { page, faults };
  };

  for (const id of figures)
    await t.test(
      `${id} says something of what a reader points at, and nothing that is no word`,
      async (t) => {
        const { page, faults } = await alone(t, id);
        const said = await pointAround(page);
        const share = said.filter((words) => words !== '').length / said.length;
        assert.ok(share >= (OF_EXTENTS.has(id) ? 0.02 : FAIR_SHARE), `${share} of places`);
        const words = [
          ...said,
          ...(await walked(page)),
          (await page.locator('main').textContent())!,
        ];
        for (const text of [...words, await page.locator('.plot').innerHTML()])
          assert.doesNotMatch(text, NO_WORD);
        assert.deepEqual(faults, []);
      },
    );

  await t.test(
    'what is pointed at is marked, and its words go when the page is scrolled',
    async (t) => {
      const { page } = await open(t, browser, `${url}embed/p-end-by-item/`, {
        viewport: { width: 900, height: 320 },
        reducedMotion: 'reduce', // else focus would scroll the figure into view for a while
      });
      await page.locator('vega-figure[data-state=live]').waitFor();
      await page.locator('.plot').focus();
      await page.keyboard.press('ArrowRight');
      const tooltip = page.locator('#vg-tooltip-element.visible');
      await tooltip.waitFor();
      assert.equal(await page.locator('.sight .ring').isVisible(), true);
      await page.mouse.wheel(0, 150);
      await tooltip.waitFor({ state: 'hidden' });
      assert.equal(await page.locator('.sight').isVisible(), false);
    },
  );

  await t.test(
    'a mark is met where it is drawn, and its words stay in the window of a phone',
    async (t) => {
      const { page } = await open(t, browser, `${url}embed/ablation-dose/`, {
        viewport: { width: 360, height: 700 },
      });
      await page.locator('vega-figure[data-state=live]').waitFor();
      for (const mark of (await page.locator('.mark-symbol.role-mark path').all()).slice(-3)) {
        const { x, y, width, height } = (await mark.boundingBox())!;
        await page.mouse.move(x + width / 2, y + height / 2);
        const ring = (await page.locator('.sight .ring').boundingBox())!;
        assert.ok(Math.abs(ring.x + ring.width / 2 - x - width / 2) < 1);
        assert.ok(Math.abs(ring.y + ring.height / 2 - y - height / 2) < 1);
        const words = (await page.locator('#vg-tooltip-element').boundingBox())!;
        assert.ok(words.x >= 0 && words.x + words.width <= 360);
      }
    },
  );

  await t.test('on a phone a stamp is one line, and what it rests on is behind it', async (t) => {
    const { page } = await open(t, browser, `${url}embed/ablation-dose/`, {
      viewport: { width: 360, height: 700 },
    });
    const stamp = page.locator('.stamp');
    assert.ok((await stamp.boundingBox())!.height < 30);
    await stamp.locator('summary').click();
    await stamp.getByText('seed').waitFor();
    await page.setViewportSize({ width: 1200, height: 700 });
    assert.equal(await stamp.locator('summary').isVisible(), false);
    assert.equal(await stamp.getByText('seed').isVisible(), true);
    // The shade of a table that goes on lies behind a cover that moves with its content.
    const table = page.locator('.table').first();
    assert.match(
      await table.evaluate((node) => getComputedStyle(node).backgroundAttachment),
      /local.*scroll/,
    );
  });

  await t.test('SVG and PNG are of what is shown, and say so', async (t) => {
    const { page, faults } = await alone(t, 'ablation-by-topic');
    const first = await taken(page, 'SVG');
    assert.equal(first.name, 'miniature-ablation-by-topic.svg');
    await page.getByRole('combobox', { name: 'SAE' }).selectOption('res_4');
    await page.locator('[data-saes]', { hasText: 'res_4' }).waitFor();
    const svg = await taken(page, 'SVG');
    assert.equal(svg.name, 'miniature-ablation-by-topic.sae_id-res_4.svg');
    assert.match(svg.text, /SAE: res_4 · Measure: items · Protocol: from the prompt/);
    assert.match(svg.text, /n = \d[^<]*seed 7|seed \d+/);
    const marks = (text: string) => text.match(/ d="[^"]+"| transform="[^"]+"/g)!;
    const live = await page.locator('.plot svg').evaluate((drawing) => drawing.outerHTML);
    assert.deepEqual(marks(svg.text).slice(-marks(live).length), marks(live));
    assert.notDeepEqual(marks(svg.text), marks(first.text));
    const png = await taken(page, 'PNG');
    assert.equal(png.name, 'miniature-ablation-by-topic.sae_id-res_4.png');
    const { width, height } = await sharp(png.bytes).metadata();
    const [, w, h] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg.text)!;
    assert.deepEqual([width, height], [2 * Number(w), 2 * Number(h)]);
    assert.ok((await sharp(png.bytes).stats()).channels[0]!.stdev > 5);
    assert.deepEqual(faults, []);
  });

  // How soon they are alive is measured by `test/bench` on a quiet machine.
  await t.test('figures that come alive move nothing', async (t) => {
    const { page } = await open(t, browser, url, { viewport: { width: 1440, height: 900 } });
    await page.evaluate(() => {
      const of = window as unknown as { moved: number };
      of.moved = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as unknown as { value: number }[])
          of.moved += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const waits: number[] = [];
    for (const figure of (await page.locator('vega-figure').all()).slice(0, 8))
      waits.push(await figure.evaluate(aliveAfter));
    const moved = await page.evaluate(() => (window as unknown as { moved: number }).moved);
    t.diagnostic(`alive after ${waits.map((ms) => Math.round(ms)).join(', ')} ms; moved ${moved}`);
    assert.ok(moved <= 0.02, `layout shift of ${moved}`);
  });
});

/** Scroll to a figure, and the milliseconds until it is alive. */
function aliveAfter(figure: Element): Promise<number> {
  const start = performance.now();
  figure.scrollIntoView({ block: 'center' });
  return new Promise((resolve) => {
    const look = () =>
      (figure as HTMLElement).dataset.state === 'live'
        ? resolve(performance.now() - start)
        : setTimeout(look, 5);
    look();
  });
}

/** What is said at places all over a figure, nothing where it is nothing. */
async function pointAround(page: Page): Promise<string[]> {
  const plot = page.locator('.plot');
  await plot.evaluate((node) => node.scrollIntoView({ block: 'center' }));
  await page.waitForFunction(() => document.querySelector('.plot :is(svg, canvas)'));
  return plot.evaluate((node, [columns, rows]) => {
    const said: string[] = [];
    const { left, top, width, height } = node.querySelector('svg, canvas')!.getBoundingClientRect();
    for (let j = 0; j < rows; j++)
      for (let i = 0; i < columns; i++) {
        const at = {
          clientX: left + ((i + 0.5) / columns) * width,
          clientY: top + ((j + 0.5) / rows) * height,
          bubbles: true,
        };
        (document.elementFromPoint(at.clientX, at.clientY) ?? node).dispatchEvent(
          new PointerEvent('pointermove', at),
        );
        const tooltip = document.querySelector<HTMLElement>('#vg-tooltip-element.visible');
        said.push(tooltip?.textContent ?? '');
      }
    return said;
  }, GRID);
}

/** What is said of a few marks that the keys lead to. */
async function walked(page: Page): Promise<string[]> {
  await page.locator('.plot').focus();
  const said: string[] = [];
  for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'End', 'ArrowLeft']) {
    await page.keyboard.press(key);
    said.push((await page.locator('[role=status]').textContent())!);
  }
  assert.ok(said.every((words) => words !== ''));
  return said;
}

async function taken(page: Page, name: 'SVG' | 'PNG') {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name, exact: true }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  return { name: download.suggestedFilename(), bytes, text: bytes.toString() };
}
