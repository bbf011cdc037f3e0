import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './list-explorer.ts';
import { siteInBrowser } from './site-in-browser.ts';

test('the sides of a list, in a browser', async (t) => {
  const { visit } = await siteInBrowser(t);

  await t.test(
    'the view by token names the features behind a token, and leads to them',
    async (t) => {
      const { page, faults } = await visit(
        t,
        'lists/?tab=attribution&sample=rivers_short_t0.8_1&sae=res_3',
      );
      await live(page);
      const token = page.locator('#attribution .tokens .token', { hasText: / short/ });
      await token.focus();
      const readout = (await page.locator('#attribution .readout').textContent())!;
      assert.match(
        readout,
        /^“ short”: all features −?\d\.\d+, error −?\d\.\d+, bias −?\d\.\d+ logits$/,
      );
      const here = await page.locator('#attribution tbody a').allTextContents();
      await page.keyboard.press('ArrowRight');
      assert.notDeepEqual(await page.locator('#attribution tbody a').allTextContents(), here);
      await page.getByLabel('Metric').selectOption('end_hyphen');
      await page.waitForURL('**metric=end_hyphen');
      assert.match((await page.locator('#attribution .tokens').textContent()) ?? '', /↵$/);
      await page.goBack();
      await page.locator('#attribution .tokens .token', { hasText: / short/ }).focus();
      await page.locator('#attribution tbody a').first().click();
      await page.waitForURL('**/features/res_3_*/');
      assert.equal(await page.locator('h1').textContent(), here[0]);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('a list is shown under every arm, with what was zeroed', async (t) => {
    const { page, faults } = await visit(
      t,
      'lists/?tab=edited&sample=rivers_short_t0.8_0&sae=res_4',
    );
    await live(page);
    const items = (arm: string) => page.locator(`[data-arm=${arm}] li`).allTextContents();
    const counts = await page.locator('[data-arm] .small').allTextContents();
    for (const [i, arm] of [
      'baseline',
      'ablated',
      'substituted',
      'random',
      'reconstruction',
    ].entries())
      assert.match(counts[i]!, new RegExp(`^${(await items(arm)).length} items?`));
    assert.notDeepEqual(await items('ablated'), await items('baseline'));
    const edited = await page.locator('.kept-token.edited').allTextContents();
    const named = await page.locator('#edited tbody td:nth-child(2)').allTextContents();
    assert.deepEqual([...new Set(named)].sort(), [...new Set(edited)].sort());
    await page.locator('[name=protocol]').selectOption('continue');
    await page.waitForURL('**protocol=continue*');
    const shared = (await items('baseline')).slice(0, -1);
    assert.deepEqual((await items('ablated')).slice(0, shared.length), shared);
    await page.goto(page.url().replace('_t0.8_0', '_t0.8_1'));
    await live(page);
    assert.match(
      (await page.locator('[data-arm=reconstruction] .small').textContent())!,
      /^written for the first list/,
    );
    assert.deepEqual(faults, []);
  });

  await t.test(
    'a list is coloured by what a reader asks, and stays chosen from tab to tab',
    async (t) => {
      const { page, faults } = await visit(
        t,
        'lists/?tab=written&topic=rivers&template=short&replicate=1',
      );
      await live(page);
      const classes = () =>
        page
          .locator('#written .tokens .token')
          .evaluateAll((tokens) => tokens.map(({ className }) => className));
      const color = page.getByRole('combobox', { name: 'Colour' });
      const byEntropy = await classes();
      await color.selectOption('end');
      assert.notDeepEqual(await classes(), byEntropy);
      assert.match(
        (await page.locator('#written .scale').getAttribute('aria-label'))!,
        /probability of the end, from 0\.00 to \d\.\d\d$/,
      );
      await page.reload();
      await live(page);
      assert.equal(await color.inputValue(), 'end');
      await color.selectOption('attribution');
      assert.ok((await classes()).some((name) => /side-?[1-4]/.test(name)));
      await page.locator('[name=template]').selectOption('long');
      await page.getByText('The end of this list is not attributed').waitFor();
      await page.goBack();
      await page.getByText('Provide me with a short list of Rivers').waitFor();
      await page.getByRole('tab', { name: 'Edited' }).click();
      await page.waitForURL('**/lists/?tab=edited&sample=rivers_short_t0.8_1*');
      assert.deepEqual(faults, []);
    },
  );
});
