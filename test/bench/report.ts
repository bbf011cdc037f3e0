import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { buildSite, serveBuilt } from '../site/built-site.ts';
import { lighthouseScores } from './lighthouse.ts';
import { type Log, type Measurement, median } from './measure.ts';

const BUILD = 15; // s
const ALIVE = 200; // ms

/** The report of the miniature's results: how long it takes to build, and a reader to see. */
export async function measureReport(data: string, dir: string, log: Log): Promise<Measurement[]> {
  const results = join(data, 'results');
  if (!existsSync(join(results, 'miniature/manifest.json')))
    return [{ name: 'the report', value: '–', note: 'skipped: npm run compute has not run' }];
  log('building the report');
  const start = performance.now();
  buildSite(dir, results);
  const seconds = (performance.now() - start) / 1000;
  const { url, server } = await serveBuilt(dir);
  const browser = await launchBrowser();
  try {
    return [
      {
        name: 'npm run build, nothing kept of an earlier one',
        value: `${seconds.toFixed(1)} s`,
        ratio: seconds / BUILD,
        target: '≤ 1',
        note: `of ${BUILD} s`,
      },
      ...(await measureFigures(browser, url, log)),
      ...(await lighthouseScores(url, log)),
    ];
  } finally {
    await browser.close();
    server.close();
  }
}

/** From when a reader scrolls to a figure until it answers, each in a window of its own. */
async function measureFigures(browser: Browser, url: string, log: Log): Promise<Measurement[]> {
  const first = await browser.newPage();
  await first.goto(url);
  const ids = await first.evaluate(() =>
    [...document.querySelectorAll('vega-figure')].map((figure) => figure.closest('figure')!.id),
  );
  await first.close();
  const [jumped, scrolled]: [number[], number[]] = [[], []];
  for (const id of ids) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.goto(url);
    await page.mouse.move(600, 400); // on the way to a link
    await page.waitForTimeout(500);
    jumped.push(await msUntilAlive(page, id));
    await page.close();
  }
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  await page.goto(url);
  for (const id of ids) scrolled.push(await msUntilAlive(page, id, true));
  log(`  by a jump: ${jumped.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  log(`  by scrolling: ${scrolled.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const row = (name: string, ms: readonly number[]): Measurement => ({
    name: `a figure alive, ${name}`,
    value: `${median(ms).toFixed(0)} ms`,
    ratio: median(ms) / ALIVE,
    target: '≤ 1',
    note: `of ${ALIVE} ms; the slowest of ${ms.length} ${Math.max(...ms).toFixed(0)} ms`,
  });
  return [row('once a jump has led to it', jumped), row('once scrolled into view', scrolled)];
}

/** @param bySteps scroll as a reader does, half a window at a time */
const msUntilAlive = (page: Page, id: string, bySteps = false): Promise<number> =>
  page.evaluate(
    async ([id, bySteps]) => {
      const figure = document.querySelector<HTMLElement>(`#${id} vega-figure`)!;
      const frame = () => new Promise((resolve) => setTimeout(resolve, 16));
      const top = () => figure.getBoundingClientRect().top;
      if (bySteps)
        while (top() > innerHeight) {
          scrollBy(0, Math.min(innerHeight / 2, top() - innerHeight + 1));
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      else figure.scrollIntoView({ behavior: 'instant' as ScrollBehavior });
      const start = performance.now();
      while (figure.dataset.state !== 'live') await frame();
      return performance.now() - start;
    },
    [id, bySteps] as const,
  );
