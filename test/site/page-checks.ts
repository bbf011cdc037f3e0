import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import { FileSystemConfigLoader, HtmlValidate } from 'html-validate';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const OWN_ELEMENTS = [
  'vega-figure',
  'lead-lists',
  'list-explorer',
  'written-panel',
  'attribution-panel',
  'edited-panel',
  'feature-table',
  'data-explorer',
  'graph-view',
  'site-search',
  'live-model',
  'own-model',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A new window, with everything in it that goes wrong or leaves the site. */
export async function open(
  t: TestContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, ...options });
  t.after(() => page.close());
  const { origin } = new URL(url);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`left the site: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** Bring every figure into view and wait until it is alive. */
export async function wakeAll(page: Page): Promise<void> {
  await page.mouse.move(1, 1);
  for (const figure of await page.locator('vega-figure').all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('css=:scope[data-state=live]').waitFor();
  }
}

/** What axe finds, in light and, of what depends on it, in dark. @param within a selector: what to look at of the page */
export async function violations(page: Page, within = 'html'): Promise<string[]> {
  await page.evaluate(AXE);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const ofScheme = await page.evaluate(
      async ([within, dark]) => {
        const { axe } = window as unknown as { axe: typeof import('axe-core') };
        const all = { rules: { 'target-size': { enabled: true } } };
        const options = dark ? { runOnly: ['color-contrast'] } : all;
        const { violations } = await axe.run(within, options);
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      },
      [within, colorScheme === 'dark'] as const,
    );
    found.push(...ofScheme.map((violation) => `${colorScheme}: ${violation}`));
  }
  await page.emulateMedia({ colorScheme: null });
  return found;
}

/** How much of what was painted has moved without a reader’s doing, in layout shifts, up to a second from now. */
export const shiftOf = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            if (!Reflect.get(entry, 'hadRecentInput')) sum += Number(Reflect.get(entry, 'value'));
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(sum), 1000);
      }),
  );

export async function htmlFaults(html: string): Promise<string[]> {
  const validator = new HtmlValidate(
    new FileSystemConfigLoader({
      root: true,
      extends: ['html-validate:standard'],
      elements: ['html5', Object.fromEntries(OWN_ELEMENTS.map((name) => [name, { flow: true }]))],
    }),
  );
  const { results } = await validator.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`),
  );
}

/** Links within the site that lead to no page, file or heading. */
export async function brokenLinks(page: Page): Promise<string[]> {
  const links = await page.evaluate(() =>
    [...document.querySelectorAll('a')]
      .map(({ href }) => href)
      .filter((href) => href.startsWith(location.origin)),
  );
  const broken = [...new Set(links)].map(async (link) => {
    const response = await fetch(link);
    const text = response.ok ? await response.text() : '';
    const id = decodeURIComponent(new URL(link).hash.slice(1));
    return response.ok && (id === '' || text.includes(`id="${id}"`)) ? [] : [link];
  });
  return (await Promise.all(broken)).flat();
}

export async function compressedSize(url: string): Promise<number> {
  const body = await (await fetch(url)).arrayBuffer();
  if (url.endsWith('.woff2')) return body.byteLength;
  const packed = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(packed).arrayBuffer()).byteLength;
}
