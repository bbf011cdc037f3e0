import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse } from 'node-html-parser';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { EXTREMES, extremeRoot, ODD_TOPICS, ONLY } from '../extreme-studies.ts';
import { computeIn, OF_NO_LISTS } from '../small-study.ts';
import { tempDir } from '../temp.ts';
import { buildSite } from './built-site.ts';

suite('studies with next to nothing: every stage writes its tables, and the report says so', async () => {
  const removed: (() => void)[] = [];
  const root = tempDir({ after: (remove) => removed.push(remove) });
  const site = tempDir({ after: (remove) => removed.push(remove) });
  const results = join(root, 'data/results');
  after(() => {
    for (const remove of removed) remove();
  });
  before(async () => {
    await extremeRoot(root);
  });

  const written = new Map<string, string>();
  for (const name of Object.keys(EXTREMES))
    test(`${name} is computed`, async () => {
      const { status, printed } = await computeIn(
        root,
        {
          provider: 'cpu',
          ...(ONLY[name] && { only: ONLY[name] }),
          wrapStage: async ({ name: stage }, run) => {
            if (!OF_NO_LISTS.includes(stage)) await run();
          },
        },
        name,
      );
      assert.equal(status, 0, printed);
      written.set(name, printed);
    });

  test('all of them are one report', () => {
    buildSite(site, results);
  });

  /** The folder of a study's pages. */
  const pagesOf = (name: string): string => {
    const inFolder = join(site, name);
    return existsSync(inFolder) ? inFolder : site;
  };
  /** The words of a page, without its queries. */
  const wordsOf = (name: string, page: string): string => {
    const main = parse(readFileSync(join(pagesOf(name), page, 'index.html'), 'utf8')).querySelector(
      'main',
    )!;
    for (const part of main.querySelectorAll('details, script, style')) part.remove();
    return main.textContent.replace(/\s+/g, ' ');
  };
  const rowsOf = (name: string, table: string): number =>
    readManifest(join(results, name))!.files[`${table}.parquet`]!.rows;

  test('where no list ended, tables are empty, and every page says that none did', () => {
    for (const name of ['all-capped', 'no-item', 'noise', 'least-of-all'])
      assert.match(wordsOf(name, ''), /No list ended within its limit on tokens\./, name);
    for (const table of [
      'attributions',
      'features',
      'feature_contexts',
      'ablations',
      'baselines',
      'patching',
    ])
      assert.equal(rowsOf('all-capped', table), 0, table);
    assert.match(
      wordsOf('all-capped', 'features/table'),
      /Nothing to show:.*No list ended within its limit/,
    );
    assert.match(
      wordsOf('all-capped', 'lists'),
      /shown as they were written: no end .* is attributed .*No list ended within its limit/,
    );
    assert.equal(rowsOf('no-item', 'items'), 0);
    assert.match(wordsOf('no-item', ''), /No finished item is in any list/);
  });

  test('a number that a study has not is said to be none, and no other study’s is', () => {
    assert.match(wordsOf('brief-lists', ''), /after its fourth ?\(no value\)/);
    for (const page of globSync(join(site, '**/index.html')))
      assert.doesNotMatch(
        parse(readFileSync(page, 'utf8')).querySelector('main')!.textContent,
        /\b(NaN|undefined)\b|(?<!than )−?Infinity/,
        page,
      );
  });

  test('a dead SAE has no features, one beside it has its own', () => {
    assert.equal(rowsOf('dead-sae', 'features'), 0);
    assert.match(wordsOf('dead-sae', ''), /No end of a list is attributed to a feature of res_3\./);
    assert.ok(rowsOf('one-sae-dead', 'features') > 0);
    assert.match(wordsOf('one-sae-dead', ''), /attributed to a feature of res_3\./);
  });

  test('a study without SAEs says that it has none', () => {
    for (const page of ['', 'lists', 'features/table'])
      assert.match(wordsOf('no-saes', page), /It has no SAEs/, page);
  });

  test('a study of which some stages have run shows these, and says what is to come', () => {
    const words = wordsOf('unfinished', 'all');
    assert.match(words, /Not computed yet: “Which features promote the end\?”/);
    assert.match(words, /Across SAEs, the fraction of variance unexplained/);
    for (const unwritten of [
      /It has no SAEs/,
      /chosen on other topics, adds/,
      /lists that are written again/,
    ])
      assert.doesNotMatch(words, unwritten);
    assert.match(wordsOf('unfinished', 'lists'), /shown as they were written: .*Not computed yet/);
  });

  test('topics that are no words have files of their own', () => {
    const files = globSync(join(site, 'data/odd-topics/*.samples.json'));
    const topics = files.map((path) => JSON.parse(readFileSync(path, 'utf8')).topic);
    assert.deepEqual(topics.sort(), [...ODD_TOPICS].sort());
    const parts = globSync(join(site, 'data/odd-topics/lens-list.*.rows.json'));
    assert.ok(parts.length > 1);
    for (const path of [...files, ...parts])
      assert.match(basename(path), /^[\p{L}\p{M}\p{N} .~-]{1,120}\.json$/u);
  });

  test('what a tokenizer cannot spell is said before anything runs', () => {
    assert.match(
      written.get('odd-topics')!,
      /^note: topic "C\+\+" has parts that the model's tokenizer/m,
    );
    assert.doesNotMatch(written.get('brief-lists')!, /^note: topic/m);
  });
});
