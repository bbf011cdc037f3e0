import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Graph, GraphNode } from '../../site/lib/explorers/graph/graph.ts';
import { type PackedGraph, unpack } from '../../site/lib/explorers/graph/packed.ts';
import { signed } from '../../site/lib/explorers/graph/words.ts';
import { launchBrowser } from '../browser.ts';
import { servedSite } from './built-site.ts';
import { open, shiftOf, violations } from './page-checks.ts';

const LIST = 'rivers_short_t0.8_0';

test('the page of attribution graphs, in a browser', async (t) => {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const { dir, url, server } = await servedSite();
  t.after(() => server.close());
  const visit = async (t: TestContext, search: string, options?: BrowserContextOptions) => {
    const opened = await open(t, browser, `${url}graph/${search}`, {
      viewport: { width: 1400, height: 1000 },
      ...options,
    });
    if (options?.javaScriptEnabled !== false)
      await opened.page.locator('graph-view[data-state=live]').waitFor();
    return opened;
  };
  const graph = read(dir, LIST);
  const features = graph.nodes.filter(({ kind }) => kind === 'feature');
  const [tested, another] = features.filter(({ test }) => test !== null);
  const untested = features.find(({ test }) => test === null)!;

  await t.test(
    'clicks and keys choose, pin, group and zero; the address keeps it all',
    async (t) => {
      const { page, faults } = await visit(t, '');
      await page.getByLabel('List').selectOption(LIST);
      await page.waitForURL(`**list=${LIST}*`);
      await nodeOf(page, tested!).click();
      assert.match((await panel(page))!, new RegExp(`^${tested!.feature} at .*activation`, 's'));
      await page.keyboard.press('p');
      await page.keyboard.press('x');
      const { predicted, test } = tested!;
      const random =
        test!.random === null ? 'no random feature tested' : `random ${signed(test!.random)}`;
      const said = `predicted ${signed(predicted)}, measured ${signed(test!.measured)}, ${random}`;
      assert.ok((await panel(page))!.includes(said), said);
      await nodeOf(page, another!).click({ modifiers: ['Shift'] });
      await page.keyboard.press('g');
      const name = page.getByLabel('Name of the group');
      await name.fill('the word');
      await name.press('Enter');
      const group = page.locator('[data-id="group:the word"]');
      await group.waitFor();
      assert.equal(await group.getAttribute('aria-pressed'), 'true');
      await page.locator('[name=influence]').fill('0.7');
      await page.locator('[name=influence]').dispatchEvent('change');
      const { searchParams } = new URL(page.url());
      const ids = [tested!.id, another!.id];
      assert.equal(searchParams.get('influence'), '0.70');
      assert.deepEqual(searchParams.getAll('node'), ids);
      assert.deepEqual(searchParams.getAll('pin'), [tested!.id]);
      assert.deepEqual(searchParams.getAll('zero'), [tested!.id]);
      assert.equal(searchParams.get('group'), ['the word', ...ids].join('|'));
      const [drawn, told] = [await drawing(page), await panel(page)];
      await page.reload();
      await page.locator('graph-view[data-state=live]').waitFor();
      assert.equal(await drawing(page), drawn);
      assert.equal(await panel(page), told);
      await page.goBack();
      await page.waitForURL((at) => !at.search.includes('influence='));
      await page.waitForFunction(() =>
        document.querySelector('.shown')!.textContent!.startsWith('60 of'),
      );
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'what was set to zero is struck through, and what was not tested is said',
    async (t) => {
      const { page, faults } = await visit(t, `?list=${LIST}&node=${untested.id}`);
      const node = nodeOf(page, untested);
      assert.equal(await node.locator('.strike').count(), 0);
      await page.getByRole('button', { name: /^Set to zero/ }).click();
      assert.equal(await node.locator('.strike').count(), 1);
      assert.match((await node.getAttribute('aria-label'))!, /, set to zero$/);
      assert.match((await panel(page))!, /predicted [+−]?\d\.\d+, not tested/);
      assert.equal(
        await page.locator('[data-action=zero]:focus').getAttribute('aria-pressed'),
        'true',
      );
      await page.keyboard.press('x');
      assert.equal(await node.locator('.strike').count(), 0);
      assert.deepEqual(new URL(page.url()).searchParams.getAll('zero'), []);
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'edges are those of what is pointed at, selected or pinned, dashed until tested',
    async (t) => {
      const { page, faults } = await visit(t, `?list=${LIST}`);
      const edges = page.locator('.drawing .edges path');
      assert.equal(await edges.count(), 0);
      await nodeOf(page, graph.nodes[0]!).hover();
      const shown = await page
        .locator('.drawing [data-id]')
        .evaluateAll((all) => all.map((node) => (node as SVGElement).dataset.id!));
      const into = graph.edges.filter(
        ({ source, target }) => target === 0 && shown.includes(graph.nodes[source]!.id),
      );
      const isTested = into.filter(({ measured }) => measured !== null).length;
      assert.ok(isTested > 0 && isTested < into.length);
      assert.equal(await edges.count(), into.length);
      assert.equal(await page.locator('.drawing .edges .untested').count(), into.length - isTested);
      await page.locator('h1').hover();
      assert.equal(await edges.count(), 0);
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'keys lead from node to node in layer, then position order, and along the strongest edges',
    async (t) => {
      const { page, faults } = await visit(t, `?list=${LIST}`);
      const order = await page
        .locator('.drawing [data-id]')
        .evaluateAll((all) => all.map((node) => (node as SVGElement).dataset.id!));
      const at = new Map(graph.nodes.map((node) => [node.id, node]));
      const places = order
        .map((id) => at.get(id)!)
        .map(({ layer, column }) => layer * 1e4 + column);
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      const focused = () => page.locator('[data-id]:focus').getAttribute('data-id');
      await nodeOf(page, graph.nodes[0]!).focus();
      assert.equal(await page.locator('[data-id][tabindex="0"]').count(), 1);
      await page.keyboard.press('Home');
      assert.equal(await focused(), order[0]);
      await page.keyboard.press('ArrowRight');
      assert.equal(await focused(), order[1]);
      await page.keyboard.press('End');
      assert.equal(await focused(), graph.nodes[0]!.id);
      await page.keyboard.press('[');
      const strongest = graph.edges.find(
        ({ source, target }) => target === 0 && order.includes(graph.nodes[source]!.id),
      )!;
      assert.equal(await focused(), graph.nodes[strongest.source]!.id);
      await page.keyboard.press(']');
      assert.equal(await focused(), graph.nodes[0]!.id);
      await page.keyboard.press('ArrowDown');
      assert.ok(at.get((await focused())!)!.layer < graph.nodes[0]!.layer);
      await page.keyboard.press('Enter');
      assert.deepEqual(new URL(page.url()).searchParams.getAll('node'), [await focused()]);
      assert.match((await page.locator('.readout').textContent())!, /influence \d/);
      await page.keyboard.press('Escape');
      assert.deepEqual(new URL(page.url()).searchParams.getAll('node'), []);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a feature’s contexts are loaded when they are opened', async (t) => {
    const { page, faults } = await visit(t, `?list=${LIST}&node=${tested!.id}`);
    await page.getByText('Where it is most active').click();
    await page.locator('.contexts .act').first().waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(faults, []);
  });

  await t.test(
    'on a narrow page paths stand in place of the drawing, and lead to nodes',
    async (t) => {
      const { page, faults } = await visit(t, `?list=${LIST}`, {
        viewport: { width: 360, height: 800 },
      });
      assert.equal(await page.locator('.drawing').isVisible(), false);
      assert.equal(await page.locator('.paths tbody').first().locator('tr').count(), 10);
      await page.locator('.paths button').first().click();
      const first = graph.nodes[graph.paths[0]!.nodes[0]!]!;
      assert.deepEqual(new URL(page.url()).searchParams.getAll('node'), [first.id]);
      assert.ok(await page.locator('.panel h2').isVisible());
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'without scripts there are drawings of twenty nodes and paths, of every list',
    async (t) => {
      const { page, faults } = await visit(t, '', { javaScriptEnabled: false });
      assert.equal(await page.locator('.drawn .drawing .node').count(), 21);
      assert.ok((await page.locator('.drawn .drawing .edges path').count()) > 0);
      const lists = page.locator('details');
      assert.ok((await lists.count()) > 10);
      await lists.nth(3).locator('summary').click();
      assert.equal(await lists.nth(3).locator('.node').count(), 21);
      assert.equal(await lists.nth(3).locator('tbody tr').count(), 10);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('an address that names what is not there shows the nearest', async (t) => {
    const { page, faults } = await visit(
      t,
      '?list=dragons&influence=7&node=tc_9_9@9&group=a|b&zero=',
    );
    assert.ok((await page.locator('.drawing [data-id]').count()) > 60);
    assert.match((await panel(page))!, /^No node selected/);
    assert.deepEqual(faults, []);
  });

  await t.test('nothing moves while the page comes alive', async (t) => {
    const { page } = await visit(t, '');
    const shift = await shiftOf(page);
    assert.ok(shift <= 0.02, `${shift}`);
  });
});

const read = (dir: string, list: string): Graph =>
  unpack(
    JSON.parse(
      readFileSync(join(dir, `data/miniature/${list}.graph.json`), 'utf8'),
    ) satisfies PackedGraph,
  );

const nodeOf = (page: Page, { id }: GraphNode) => page.locator(`.drawing [data-id="${id}"]`);
const panel = (page: Page) => page.locator('.panel').textContent();
const drawing = (page: Page) => page.locator('.drawing').innerHTML();
