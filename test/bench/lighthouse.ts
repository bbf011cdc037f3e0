import { launchBrowser } from '../browser.ts';
import type { Log, Measurement } from './measure.ts';

const PORT = 9333;
const LEAST = 0.98;
/** Not a dependency, as it weighs as much as all of the site's tools: who wants its scores installs it. */
const VERSION = '13.5.0';

/** Lighthouse's four scores of a page, as a phone sees it. */
export async function lighthouseScores(url: string, log: Log): Promise<Measurement[]> {
  const name = 'Lighthouse';
  const lighthouse = await load();
  if (lighthouse === null)
    return [{ name, value: '–', note: `skipped: npm install --no-save lighthouse@${VERSION}` }];
  log('asking Lighthouse');
  const browser = await launchBrowser([`--remote-debugging-port=${PORT}`]);
  try {
    const found = await lighthouse(url, { port: PORT, output: 'json', logLevel: 'error' });
    return Object.values(found!.lhr.categories).map(({ title, score }) => ({
      name: `${name}: ${title}`,
      value: ((score ?? 0) * 100).toFixed(0),
      ratio: (score ?? 0) / LEAST,
      target: '≥ 1',
      note: `of ${LEAST * 100}`,
    }));
  } finally {
    await browser.close();
  }
}

/** The part of it that is used here. */
type Lighthouse = (
  url: string,
  flags: { port: number; output: string; logLevel: string },
) => Promise<
  { lhr: { categories: Record<string, { title: string; score: number | null }> } } | undefined
>;

async function load(): Promise<Lighthouse | null> {
  const name: string = 'lighthouse';
  try {
    return (await import(name)).default;
  } catch {
    return null;
  }
}
