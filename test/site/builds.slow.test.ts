import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse } from 'node-html-parser';
import type { ListEntry } from '../../site/lib/explorers/list-index.ts';
import type { TopicSamples } from '../../site/lib/explorers/tokens.ts';
import { checkResults } from '../../site/lib/queries/check-results.ts';
import { toRows } from '../../site/lib/queries/columns.ts';
import { tempDir } from '../temp.ts';
import { buildSite, miniatureResults } from './built-site.ts';
import { columnsOf, copyStudies, rewriteTable } from './second-study.ts';

/** A copy of the miniature's results, to be altered. */
async function copyOf(t: TestContext): Promise<{ results: string; dir: string }> {
  const results = tempDir(t);
  await copyStudies(miniatureResults(), results, ['miniature']);
  return { results, dir: join(results, 'miniature') };
}

const FIGURES = 'site/figures';

test('a table with a missing column: the query that asks for it, and the column', async (t) => {
  const { results, dir } = await copyOf(t);
  await rewriteTable(dir, 'topic_heat', 'SELECT * EXCLUDE (value) FROM topic_heat');
  await assert.rejects(
    checkResults({ computed: results, published: join(results, 'nowhere') }, FIGURES, assert.fail),
    /^Error: study miniature: site\/figures\/topic-heat\/query\.sql: .*value/,
  );
});

test('a published study alone, as in a clean clone: ten times the lists, and a table without a row', async (t) => {
  const [published, site] = [tempDir(t), tempDir(t)];
  await copyStudies(miniatureResults(), published, ['another']);
  const dir = join(published, 'another');
  await multiplyLists(dir, TIMES);
  await rewriteTable(dir, 'cluster_cells', 'FROM cluster_cells LIMIT 0');
  for (const table of ['tokens', 'feature_logits', 'token_entropy'])
    if ((await columnsOf(dir, table)).includes('token'))
      await rewriteTable(
        dir,
        table,
        `SELECT * REPLACE (token || '${MARKUP}' AS token) FROM ${table}`,
      );
  buildSite(site, join(published, 'nowhere'), published);
  const html = readFileSync(join(site, 'all/index.html'), 'utf8');

  await t.test('the figure of the empty table names it, and offers nothing', () => {
    const figure = (id: string) =>
      new RegExp(`<figure id="figure-${id}"[^>]*>[\\s\\S]*?</figcaption>`).exec(html)![0];
    assert.match(
      figure('cluster-map'),
      /Nothing to draw: this study’s table <code>cluster_cells<\/code> has no row/,
    );
    assert.doesNotMatch(figure('cluster-map'), /<vega-figure|download=/);
    assert.match(figure('topic-heat'), /<vega-figure/);
  });

  await t.test('every list can be read', () => {
    const read = (file: string) =>
      JSON.parse(readFileSync(join(site, 'data/another', file), 'utf8'));
    const { samples }: TopicSamples = read('animals.samples.json');
    assert.ok(samples.length > 0 && samples.length % TIMES === 0);
    const lists = toRows<ListEntry>(read('lists.json')).filter(({ topic }) => topic === 'animals');
    assert.deepEqual(lists.map(({ id }) => id).sort(), samples.map(({ id }) => id).sort());
    const choices = lists.map(({ template, temperature, replicate }) =>
      [template, temperature, replicate].join(' '),
    );
    assert.equal(new Set(choices).size, samples.length);
  });

  await t.test('what a model wrote is text, whatever it wrote', () => {
    const pages = globSync(join(site, '**/*.html')).map((path) => readFileSync(path, 'utf8'));
    const told = pages.filter((page) => page.includes('evil'));
    assert.ok(told.length > 60);
    for (const page of told) assert.equal(parse(page).querySelector('.evil'), null);
  });

  await t.test('the report is as light as it may be', () => {
    assert.ok(gzipSync(html).length < 120_000, `${gzipSync(html).length} bytes`);
  });
});

const TIMES = 10;
const MARKUP = '</script><b class="evil">!</b>';

/** Every list as so many lists, each with rows of its own in every table. */
async function multiplyLists(dir: string, times: number): Promise<void> {
  for (const path of globSync(join(dir, '*.parquet'))) {
    const table = basename(path, '.parquet');
    if (!(await columnsOf(dir, table)).includes('sample_id')) continue;
    const replaced = [
      "sample_id || CASE WHEN i = 0 THEN '' ELSE '_' || i END AS sample_id",
      ...(table === 'completions' ? ['replicate + 100 * i AS replicate'] : []),
    ];
    const rows = `${table}.* REPLACE (${replaced.join()}) FROM ${table}, range(${times}) AS r(i)`;
    await rewriteTable(dir, table, `SELECT ${rows}`);
  }
}
