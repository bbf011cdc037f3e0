import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { siteInBrowser } from './site-in-browser.ts';

test('the explorer of tables, in a browser', async (t) => {
  const { visit } = await siteInBrowser(t);

  await t.test('a table is opened, filtered, sorted and taken along in the browser', async (t) => {
    const { page, faults } = await visit(t, 'data/');
    const table = page.getByRole('combobox', { name: 'Table' });
    assert.equal(await table.inputValue(), '');
    await table.selectOption('completions');
    const explorer = page.locator('data-explorer[data-state=live][data-open]');
    await explorer.waitFor();
    await page.getByLabel('Filter template').fill('=short');
    await page.getByLabel('Filter n_items').fill('>6');
    await page.getByRole('button', { name: 'n_items' }).press('Enter');
    await page.getByRole('button', { name: 'n_items' }).press('Enter');
    const command = (await explorer.locator('.command').textContent())!;
    assert.equal(
      command,
      `duckdb -c "FROM 'completions.parquet' WHERE template = 'short' AND n_items > 6 ORDER BY n_items DESC NULLS LAST"`,
    );
    const n = Number(/^\d+/.exec((await page.getByRole('status').textContent())!)![0]);
    assert.ok(n > 0 && n < 920);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV of these rows' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8');
    assert.ok(csv.startsWith('sample_id,template,'));
    assert.equal(csv.split('\r\n').filter((line) => /^[\w-]+_short_t/.test(line)).length, n);
    const shown = await explorer.locator('tbody').textContent();
    await page.reload();
    await explorer.waitFor();
    assert.equal(await explorer.locator('tbody').textContent(), shown);
    await page.getByLabel('Filter n_items').fill('>many');
    await page.getByText(/^n_items: “>many” is no number/).waitFor();
    assert.equal(await explorer.locator('tbody').textContent(), shown);
    assert.deepEqual(faults, []);
  });
});
