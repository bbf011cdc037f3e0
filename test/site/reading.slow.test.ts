import { test } from 'node:test';
import { launchBrowser } from '../browser.ts';
import { tempDir } from '../temp.ts';
import { servedSite } from './built-site.ts';
import { open } from './page-checks.ts';
import { checkGraphs } from './reading/graphs.ts';
import { checkModels } from './reading/models.ts';
import { checkPages } from './reading/pages.ts';
import { checkPrint } from './reading/print.ts';
import { checkSamples } from './reading/samples.ts';
import { checkSearch } from './reading/search.ts';
import { checkStudies } from './reading/studies.ts';
import { checkSummary } from './reading/summary.ts';
import { checkTerms } from './reading/terms.ts';
import { type ReadSite, writeThreeStudies } from './reading/three-studies.ts';

/** What is checked of the site, which is built once for all. */
const CHECKS = [
  checkSummary,
  checkTerms,
  checkSamples,
  checkGraphs,
  checkSearch,
  checkStudies,
  checkModels,
  checkPrint,
  checkPages,
];

test('reading, searching and printing a site of three studies, in a browser', async (t) => {
  const [results, published] = [tempDir(t), tempDir(t)];
  await writeThreeStudies(results, published);
  const { dir, url, server } = await servedSite(results, published);
  t.after(() => server.close());
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const visit: ReadSite['visit'] = (t, path, options) => open(t, browser, url + path, options);
  for (const check of CHECKS) await check(t, { dir, url, visit });
});
