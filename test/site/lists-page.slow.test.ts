import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './list-explorer.ts';
import { siteInBrowser } from './site-in-browser.ts';

test('the page of lists, in a browser', async (t) => {
  const { browser, url, visit } = await siteInBrowser(t);

  await t.test(
    'the page of lists keeps its choice in the address and reads tokens by key',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/?tab=written');
      await live(page);
      await page.getByLabel('Topic').selectOption('rivers');
      await page.locator('[name=template]').selectOption('long');
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      await page.waitForURL('**sample=rivers_long_t0.8_*');
      const list = await page.locator('#written .tokens').textContent();
      await page.reload();
      await live(page);
      await page.getByText('Provide me with a long list of Rivers').waitFor();
      assert.equal(await page.locator('#written .tokens').textContent(), list);
      await page.locator('#written .tokens .token').first().focus();
      await page.keyboard.press('ArrowRight');
      const focused = (await page.locator('.token:focus').textContent())!;
      const readout = (await page.locator('#written .readout').textContent())!;
      assert.ok(readout.includes(focused.trim()) && /entropy after it \d\.\d\d nats/.test(readout));
      await page.goBack();
      await page.getByText('Provide me with a short list of Rivers').waitFor();
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'it opens on a list that features lengthen, under the SAE that adds the most',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/');
      await live(page);
      assert.equal(await page.locator('[role=tab][aria-selected=true]').textContent(), 'Edited');
      assert.equal(await page.locator('#edited [name=sae]').inputValue(), 'res_4');
      const added = (await page.locator('.added strong').textContent())!;
      assert.match(added, /^\+[1-9]\d* items?$/);
      const counted = (arm: string) => page.locator(`[data-arm=${arm}] li`).count();
      assert.equal(
        Number.parseInt(added, 10),
        (await counted('ablated')) - (await counted('baseline')),
      );
      const size = await page
        .locator('.added strong')
        .evaluate((node) => getComputedStyle(node).fontSize);
      assert.ok(Number.parseFloat(size) >= 36, size);
      assert.deepEqual(faults, []);
    },
  );

  await t.test(
    'previous, next and random choose for all tabs, and the tabs are walked by key',
    async (t) => {
      const { page, faults } = await visit(t, 'lists/?tab=edited&sample=rivers_short_t0.8_1');
      await live(page);
      const prompt = page.locator('.prompt');
      const sample = page.locator('[name=sample]');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.waitForURL('**sample=rivers_short_t0.8_2*');
      await page.getByRole('button', { name: 'Previous' }).click();
      await page.waitForURL('**sample=rivers_short_t0.8_1*');
      await page.getByRole('tab', { name: 'Edited' }).focus();
      await page.keyboard.press('ArrowLeft');
      await page.waitForURL('**tab=attribution&sample=rivers_short_t0.8_1*');
      assert.equal(await page.locator('[role=tab]:focus').textContent(), 'Attribution');
      assert.equal(await page.locator('[role=tabpanel]:visible').count(), 1);
      assert.match((await prompt.textContent())!, /list of Rivers/);
      const before = await sample.inputValue();
      await page.getByRole('button', { name: 'Random' }).click();
      await page.waitForFunction(
        (before) => document.querySelector<HTMLSelectElement>('[name=sample]')!.value !== before,
        before,
      );
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a list that a tab lacks is said to be, with the nearest that it has', async (t) => {
    const { page, faults } = await visit(t, 'lists/?tab=written&sample=rivers_long_t0.8_1');
    await live(page);
    await page.getByRole('tab', { name: 'Attribution' }).click();
    await page.waitForURL('**sample=rivers_short_t0.8_1*');
    assert.match(
      (await page.locator('.nearest').textContent())!,
      /^rivers_long_t0\.8_1 is not shown here; this is the nearest list that is: Rivers, short, 2\.$/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test('the addresses of the three explorers lead on, with what they choose', async (t) => {
    for (const [from, to] of [
      [
        'samples/?topic=rivers&template=long&temperature=0.8&replicate=2&color=end',
        'rivers_long_t0.8_2',
      ],
      [
        'attribution/?sample=rivers_short_t0.8_1&sae=res_3&metric=end_hyphen#main',
        'rivers_short_t0.8_1',
      ],
      ['ablation/?sample=rivers_short_t0.8_1&sae=res_3&protocol=continue', 'rivers_short_t0.8_1'],
    ] as const) {
      const { page, faults } = await visit(t, from);
      await page.waitForURL('**/lists/?tab=*');
      await live(page);
      const { searchParams, hash } = new URL(page.url());
      assert.equal(hash, new URL(from, url).hash);
      assert.equal(await page.locator('form [name=sample]').inputValue(), to);
      for (const name of ['color', 'sae', 'metric', 'protocol'])
        if (searchParams.has(name))
          assert.equal(
            await page.locator(`[role=tabpanel]:visible [name=${name}]`).inputValue(),
            searchParams.get(name),
            name,
          );
      assert.deepEqual(faults, []);
      await page.close();
    }
    const { page } = await visit(t, 'ablation/', { javaScriptEnabled: false });
    await page.waitForURL('**/lists/?tab=edited');
  });

  await t.test('nothing moves while a list is on its way', async (t) => {
    for (const width of [1200, 360])
      for (const path of ['', '?tab=written', '?tab=attribution&sample=rivers_short_t0.8_1']) {
        const page = await browser.newPage({ viewport: { width, height: 800 } });
        t.after(() => page.close());
        await page.addInitScript(watchShifts);
        await page.goto(`${url}lists/${path}`);
        await live(page);
        await page.waitForTimeout(200);
        const shift = await page.evaluate(() => Reflect.get(window, 'shift') as number);
        assert.ok(shift <= 0.02, `${path} at ${width} px: ${shift}`);
      }
  });

  await t.test('an address that names no sample shows the nearest', async (t) => {
    const { page, faults } = await visit(
      t,
      'lists/?tab=written&topic=dragons&template=short&temperature=7&replicate=0',
    );
    await live(page);
    assert.ok((await page.locator('.token').count()) > 5);
    assert.deepEqual(faults, []);
  });
});

/** Add up what moves without a reader's doing. Runs in the page. */
function watchShifts(): void {
  Reflect.set(window, 'shift', 0);
  const add = (by: number) => Reflect.set(window, 'shift', Reflect.get(window, 'shift') + by);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!Reflect.get(entry, 'hadRecentInput')) add(Reflect.get(entry, 'value') as number);
  }).observe({ type: 'layout-shift', buffered: true });
}
