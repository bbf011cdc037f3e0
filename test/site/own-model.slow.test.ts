import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { switchedModel, switchFeeds } from '../../pipeline/live/switched-model.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { OWN_FILE } from '../../pipeline/schema/own-file.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { smollm2 } from '../../pipeline/subjects/smollm2.ts';
import type { OwnAsked, OwnReport } from '../../site/client/live/own-messages.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { launchBrowser } from '../browser.ts';
import { loadGolden, numbers, realGoldens } from '../golden.ts';
import { goldenGguf } from '../sources/formats/gguf/write-gguf.ts';
import { tempDir } from '../temp.ts';
import { SMOLLM2 } from '../weights.ts';
import { servedSite } from './built-site.ts';
import { compressedSize, htmlFaults, open, shiftOf, violations } from './page-checks.ts';
import { makeSwitchable, SWITCHABLE } from './switchable-study.ts';

const PUBLISHED = join(import.meta.dirname, '../../data/published');

/** Most milliseconds that a model takes to load, or to write a list, on a busy machine. */
const PATIENCE = 600_000;

test('the page that runs a real model of the reader’s own file, in a browser', async (t) => {
  const published = tempDir(t);
  cpSync(join(PUBLISHED, OWN_FILE.study), join(published, OWN_FILE.study), { recursive: true });
  await makeSwitchable(join(published, OWN_FILE.study));
  const results = join(published, 'nothing-computed');
  mkdirSync(results);
  const { url, server } = await servedSite(results, published);
  t.after(() => server.close());
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const visit = (t: TestContext, options = {}) => open(t, browser, `${url}try/`, options);

  await t.test('it is whole without scripts, small, valid, and names no other host', async (t) => {
    const { page } = await visit(t, { javaScriptEnabled: false });
    assert.ok((await page.locator('.own-list li').count()) > 1);
    assert.equal(
      await page.locator('own-model :is(input, button)').filter({ visible: true }).count(),
      0,
    );
    const html = await page.content();
    assert.deepEqual(await htmlFaults(html), []);
    assert.match(html, /connect-src 'self';/);
    assert.ok((await compressedSize(`${url}try/`)) < 30_000);
  });

  await t.test(
    'a file of another model, and one that is no GGUF file, are refused in a line',
    async (t) => {
      const { page, faults } = await visit(t);
      for (const [path, words] of [
        [goldenGguf('llama_A_q8_0.gguf'), /llama_A_q8_0\.gguf: number of layers \d, and SmolLM2/],
        [goldenGguf('types.npz'), /types\.npz: begins with .* not GGUF/],
      ] as const) {
        await page.getByLabel(/^A GGUF file/).setInputFiles(path);
        await page.locator('.live-state').filter({ hasText: words }).waitFor({ timeout: PATIENCE });
        assert.equal(await page.locator('own-model').getAttribute('data-state'), 'failed');
      }
      assert.deepEqual(await violations(page, 'main'), []);
      assert.deepEqual(faults, []);
    },
  );

  await t.test('nothing moves while the page comes alive', async (t) => {
    const { page } = await visit(t);
    await page.getByLabel(/^A GGUF file/).waitFor();
    const shift = await shiftOf(page);
    assert.ok(shift <= 0.02, `${shift}`);
  });

  await t.test('the address has what was chosen, and no more', async (t) => {
    const { page, faults } = await visit(t);
    const field = (name: string) => page.locator(`own-model [name=${name}]`);
    // The form is shown when a model is loaded: fields are set as a reader would set them.
    const choose = (name: string, value: string) =>
      field(name).evaluate((element, value) => {
        (element as HTMLInputElement).value = value;
        element.dispatchEvent(new Event('change', { bubbles: true }));
      }, value);
    const first = await field('replicate').inputValue();
    await choose('topic', 'Dragons & Co');
    await choose('draw', 'likeliest');
    assert.equal(new URL(page.url()).search, '?try.topic=Dragons+%26+Co&try.draw=likeliest');
    await page
      .locator('own-model [role=switch]')
      .last()
      .evaluate((element) => {
        (element as HTMLInputElement).checked = false;
        element.dispatchEvent(new Event('change', { bubbles: true }));
      });
    await choose('where', 'everywhere');
    assert.match(
      new URL(page.url()).search,
      /&try\.off=res_12_40&try\.where=everywhere$|&try\.where=everywhere&try\.off=res_12_40$/,
    );
    await page.reload();
    assert.deepEqual(await offIn(page), ['res_12_40']);
    assert.equal(await field('where').inputValue(), 'everywhere');
    assert.equal(await field('topic').inputValue(), 'Dragons & Co');
    assert.equal(await field('draw').inputValue(), 'likeliest');
    assert.ok(await field('replicate').isDisabled()); // without draws it chooses nothing
    await page.goto(
      `${url}try/?try.topic=&try.template=tiny&try.replicate=-3&try.draw=likeliest&try.off=res_1_1&try.where=nowhere`,
    );
    assert.deepEqual(await offIn(page), []);
    assert.equal(await field('where').inputValue(), 'prompt');
    assert.equal(await field('template').inputValue(), 'short');
    assert.equal(await field('replicate').inputValue(), first);
    assert.notEqual(await field('topic').inputValue(), '');
    assert.deepEqual(faults, []);
  });

  await t.test('greedy tokens are the reference’s', { skip: SMOLLM2.skip }, async (t) => {
    const { page } = await visit(t);
    const { manifest, ...golden } = realGoldens().find(
      (golden) => golden.manifest.model_file.name === OWN_FILE.file,
    )!;
    const file = Object.keys(manifest.files).find((name) => 'p0_ids' in manifest.files[name]!)!;
    const npz = await loadGolden({ manifest, ...golden }, file);
    const { prompts } = manifest.inputs;
    const greedy = prompts.map((_, row) => numbers(npz.get(`p${row}_greedy_ids`).data));
    const asked = prompts.map(({ text }, row) => ({
      prompt: text,
      draws: null,
      maxNewTokens: greedy[row]!.length,
      ...ALL_ON,
    }));
    const found = await writtenBy(page, asked);
    for (const [row, { prompt, tokens }] of found.entries()) {
      assert.deepEqual(prompt, numbers(npz.get(`p${row}_ids`).data));
      const expected = greedy[row]!;
      const end = expected.indexOf(manifest.inputs.metric.END[0]); // the page's lists end there
      assert.deepEqual(tokens, expected.slice(0, end < 0 ? undefined : end + 1));
    }
  });

  await t.test(
    'lists of the study are asked for and drawn as it did',
    { skip: SMOLLM2.skip },
    async (t) => {
      const { page } = await visit(t);
      const database = await openDatabase(openResults(join(published, OWN_FILE.study)));
      const rows = await database.nested<StudyList>(`
      SELECT sample_id, topic, template, n_prompt_tokens, token_ids FROM completions
      WHERE sample_id IN (${LISTS.map((id) => `'${id}'`).join()}) ORDER BY sample_id`);
      assert.equal(rows.length, LISTS.length);
      const found = await writtenBy(
        page,
        rows.map(({ sample_id, topic, template }) => ({
          prompt: { topic, template },
          draws: sample_id,
          maxNewTokens: OWN_FILE.maxNewTokens,
          ...ALL_ON,
        })),
      );
      for (const [i, { prompt, tokens }] of found.entries())
        assert.deepEqual([...prompt, ...tokens], rows[i]!.token_ids, rows[i]!.sample_id);
    },
  );

  await t.test(
    'features that are off are set to zero, as the pipeline would',
    { skip: SMOLLM2.skip },
    async (t) => {
      const { page } = await visit(t);
      const asked = { prompt: { topic: 'Rivers', template: 'short' }, draws: 'rivers' } as const;
      const cases = [
        [['res_12_40'], 'prompt'] as const,
        [['res_12_7', 'res_12_40'], 'everywhere'] as const,
      ];
      const found = await writtenBy(
        page,
        cases.map(([off, where]) => ({ ...asked, off, where, maxNewTokens: 24 })),
      );
      const { dir } = unpackGguf(SMOLLM2.path, join(tempDir(t), 'cache'), () => {});
      const model = loadModel(dir);
      const { hook } = SWITCHABLE[0]!;
      const switched = switchedModel(model, { hook, count: SWITCHABLE.length, uncounted: 1 });
      for (const [i, [off, where]] of cases.entries()) {
        const { prompt, tokens } = found[i]!;
        const [expected] = await generate(switched, [{ key: asked.draws, prompt }], {
          provider: 'cpu',
          seed: OWN_FILE.seed,
          temperature: OWN_FILE.temperature,
          topP: OWN_FILE.topP,
          maxNewTokens: 24,
          stopIds: tokenForm(loadTokenizer(dir), smollm2.chat, FORMS[OWN_FILE.form]).stopIds,
          batchSize: 1,
          feeds: switchFeeds({
            features: SWITCHABLE.map(({ encoder, decoder, ...rest }) => ({
              ...rest,
              encoder: Float32Array.from(encoder),
              decoder: Float32Array.from(decoder),
            })),
            factors: SWITCHABLE.map(({ feature_id }) =>
              off.some((id) => id === feature_id) ? 0 : 1,
            ),
            until: prompt.length + (where === 'prompt' ? 0 : 24),
          }),
        });
        assert.deepEqual(tokens, [...expected!.ids], `${off} ${where}`);
      }
      assert.notDeepEqual(found[0]!.tokens, found[1]!.tokens);
    },
  );

  await t.test(
    'a list grows as one watches, and can be stopped',
    { skip: SMOLLM2.skip },
    async (t) => {
      const { page, faults } = await visit(t);
      await page.getByLabel(/^A GGUF file/).setInputFiles(SMOLLM2.path);
      await page.locator('own-model[data-state=ready]').waitFor({ timeout: PATIENCE });
      assert.match(
        (await page.locator('.live-state').textContent())!,
        /the file that the study ran/,
      );
      const heading = (arm: string) => page.locator(`[data-arm=${arm}] h2`);
      const studys = await heading('trained').textContent();
      await page.getByLabel('Topic').fill('Dragons');
      await page.getByLabel(/^Prompt/).selectOption('long');
      await page.getByLabel('Tokens').selectOption('likeliest');
      await page.getByRole('switch', { name: 'res_12_7, on' }).uncheck();
      await page.getByRole('button', { name: 'Write' }).click();
      await page.locator('[data-arm=trained] li .stop-bar').nth(1).waitFor({ timeout: PATIENCE });
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.locator('own-model[data-state=done]').waitFor({ timeout: PATIENCE });
      assert.equal(
        await heading('trained').textContent(),
        'long list of Dragons, without res_12_7 in the prompt',
      );
      assert.equal(await heading('edited').textContent(), studys); // the list before stays beside it
      assert.match((await page.locator('.live-state').textContent())!, /tokens a second/);
      const said = await page.getByRole('log').locator('p').allTextContents();
      assert.match(
        said[0]!,
        /^long list of Dragons, without res_12_7 in the prompt, item 1: .+, end \d+.%$/,
      );
      assert.equal(await page.locator('[data-arm=trained] .live-end').textContent(), 'stopped');
      assert.deepEqual(await violations(page, 'main'), []);
      assert.deepEqual(faults, []);
      t.diagnostic(`loaded in ${await page.locator('own-model').getAttribute('data-seconds')} s`);
      t.diagnostic(`${await page.locator('own-model').getAttribute('data-rate')} tokens a second`);
    },
  );
});

/** The features that are off in the form. */
const offIn = (page: Page): Promise<string[]> =>
  page
    .locator('own-model [role=switch]:not(:checked)')
    .evaluateAll((elements) => elements.map((element) => (element as HTMLInputElement).value));

/** No feature is switched off: lists are the model's own. */
const ALL_ON = { off: [], where: 'prompt' } as const;

/** Lists of the study, short enough for a busy machine. */
const LISTS = ['capital-cities_short_t0.8_0', 'city-names_short_t0.8_0', 'rivers_short_t0.8_0'];

interface StudyList {
  readonly sample_id: string;
  readonly topic: string;
  readonly template: 'short';
  readonly token_ids: readonly number[];
}

type Written = Extract<OwnReport, { kind: 'written' }>;

/** What a worker of the page writes, given the model's file: the page's own is not asked for raw prompts. */
async function writtenBy(page: Page, asked: readonly OwnAsked[]): Promise<Written[]> {
  const [worker] = await Promise.all([
    page.waitForEvent('worker'),
    page.getByLabel(/^A GGUF file/).setInputFiles(SMOLLM2.path),
  ]);
  return page.evaluate(
    async ([script, asked]) => {
      const element = document.querySelector<HTMLElement>('own-model')!;
      const [file] = element.querySelector<HTMLInputElement>('[name=file]')!.files!;
      element.remove(); // ends its worker
      const own = new Worker(script, { type: 'module' });
      const answer = (order: object, kind: OwnReport['kind']): Promise<OwnReport> =>
        new Promise((resolve, reject) => {
          own.onmessage = ({ data }: MessageEvent<OwnReport>) => {
            if (data.kind === kind) resolve(data);
            if (data.kind === 'failed') reject(new Error(data.reason));
          };
          own.postMessage(order);
        });
      const runtime = new URL(element.dataset.runtime!, location.href).href;
      const { features } = element.dataset;
      const switches = features ? new URL(features, location.href).href : null;
      await answer({ kind: 'open', file, runtime, features: switches }, 'ready');
      const found: OwnReport[] = [];
      for (const [i, list] of asked.entries())
        found.push(await answer({ kind: 'write', job: i + 1, asked: list }, 'written'));
      own.terminate();
      return found as Written[];
    },
    [worker.url(), asked] as const,
  );
}
