import type { TestContext } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open } from './page-checks.ts';

/** The site of the miniature, served, and a browser to open its pages with, until the test ends. */
export async function siteInBrowser(t: TestContext) {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { url, server } = await servedSite();
  t.after(() => server.close());
  return {
    browser,
    url,
    /** Open a page in a window of its own. @param path below the site's own */
    visit: (t: TestContext, path: string, options?: BrowserContextOptions) =>
      open(t, browser, url + path, options),
  };
}
