import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/commands/compute.ts';
import { readParquet } from '../../pipeline/engine/parquet.ts';
import { CONTROLS, PROTOCOLS } from '../../pipeline/schema/ablation-columns.ts';
import { ablationContrasts } from '../../pipeline/schema/ablation-contrasts.ts';
import { ablationEffects, type EffectRow } from '../../pipeline/schema/ablation-effects.ts';
import { ablations } from '../../pipeline/schema/ablations.ts';
import { completions } from '../../pipeline/schema/completions.ts';
import { predictionQuality } from '../../pipeline/schema/prediction-quality.ts';
import type { Row, Table } from '../../pipeline/schema/table.ts';
import { DATA } from '../miniature/miniature.ts';
import { tempDir } from '../temp.ts';

/** Ablation of the miniature, all topics, by one SAE before its last layer's decision and one beside it. */
suite('what ablation does to the miniature', () => {
  const cleanUp: (() => void)[] = [];
  after(() => {
    for (const remove of cleanUp) remove();
  });
  let results: string;
  const rows = <T extends Table>(table: T): Promise<Row<T>[]> =>
    readParquet(join(results, `${table.name}.parquet`), table);
  const effect = async (wanted: Partial<EffectRow>): Promise<EffectRow> => {
    const all = { topic: null, metric: 'n_items', ...wanted };
    const found = (await rows(ablationEffects)).filter((row) =>
      Object.entries(all).every(([name, value]) => row[name as keyof EffectRow] === value),
    );
    assert.equal(found.length, 1, JSON.stringify(all));
    return found[0]!;
  };

  before(async () => {
    const root = tempDir({ after: (remove) => void cleanUp.push(remove as () => void) });
    cpSync(join(DATA, 'models'), join(root, 'data/models'), { recursive: true });
    mkdirSync(join(root, 'data/studies'));
    const yaml = readFileSync(join(DATA, 'studies/miniature.yaml'), 'utf8')
      .replace(/ids: \[[^\]]*\]/, 'ids: [res_4, att_3, res_0]')
      .replace(/splits: .*/, '$&\n  saes: [res_4, att_3]')
      .replace(/temperatures: .*/, 'temperatures: [0.1]')
      .replace(/template: short\n(.*)\n {2}samples: .*/, 'template: short\n$1\n  samples: 1')
      .replace(/(long|plain):\n((?: {4}.*\n)*?) {4}maxNewTokens: .*/g, '$1:\n$2    maxNewTokens: 1')
      .replace(/doses: .*/, 'doses: []');
    writeFileSync(join(root, 'data/studies/miniature.yaml'), yaml);
    const printed: string[] = [];
    const write = (text: string) => printed.push(text);
    const status = await compute(
      'miniature',
      { only: ['1-generate', '6-attribute', '8-ablate'] },
      { root, env: {}, output: { isTTY: false, write } as unknown as WriteStream },
    );
    assert.equal(status, 0, printed.join(''));
    results = join(root, 'data/results/miniature');
  });

  test('only the SAEs that the study names are edited', async () => {
    const edited = new Set((await rows(ablations)).map(({ sae_id }) => sae_id));
    assert.deepEqual([...edited].sort(), ['att_3', null, 'res_4']);
  });

  test('no edits: exactly the baseline, for the first list of every topic, SAE and protocol', async () => {
    const baseline = new Map((await rows(completions)).map((list) => [list.sample_id, list]));
    const unedited = (await rows(ablations)).filter(({ arm }) => arm === 'no-edit');
    assert.equal(unedited.length, 23 * 2 * 2);
    for (const { sample_id, token_ids, ended } of unedited) {
      assert.deepEqual(token_ids, baseline.get(sample_id)!.token_ids, sample_id);
      assert.equal(ended, baseline.get(sample_id)!.ended);
    }
  });

  test('one SAE moves the end beyond what chance does, the way that is predicted', async () => {
    const chance = await effect({ arm: 'resampled', protocol: 'from-prompt' });
    const ablated = await effect({ sae_id: 'res_4', arm: 'ablated', protocol: 'from-prompt' });
    const random = await effect({ sae_id: 'res_4', arm: 'random', protocol: 'from-prompt' });
    // A blank speaks for the end: without what brings it, the metric falls and the list goes on.
    assert.ok(ablated.ci_low > chance.ci_high, `${ablated.ci_low} to ${ablated.ci_high}`);
    assert.ok(random.ci_high < ablated.ci_low, `${random.ci_low} to ${random.ci_high}`);
    const quality = (await rows(predictionQuality)).find(
      ({ sae_id, protocol }) => sae_id === 'res_4' && protocol === 'from-prompt',
    )!;
    assert.ok(quality.mean_predicted! < 0 && quality.mean_measured! < 0);
  });

  test('another does not', async () => {
    const chance = await effect({ arm: 'resampled', protocol: 'from-prompt' });
    const ablated = await effect({ sae_id: 'att_3', arm: 'ablated', protocol: 'from-prompt' });
    assert.ok(chance.ci_low < ablated.mean && ablated.mean < chance.ci_high, `${ablated.mean}`);
  });

  test('chance has no direction, whether lists are continued or written again', async () => {
    for (const protocol of PROTOCOLS) {
      const { ci_low, ci_high } = await effect({ arm: 'resampled', protocol });
      assert.ok(ci_low < 0 && ci_high > 0, `${protocol}: ${ci_low} to ${ci_high}`);
    }
  });

  test('features chosen on other topics do it, too', async () => {
    const heldOut = await effect({ sae_id: 'res_4', arm: 'held-out', protocol: 'from-prompt' });
    const random = await effect({
      sae_id: 'res_4',
      arm: 'held-out-random',
      protocol: 'from-prompt',
    });
    assert.ok(random.ci_high < heldOut.ci_low, `${random.ci_high} to ${heldOut.ci_low}`);
  });

  test('beyond each control of equal count, norm or mass, on the same noise', async () => {
    const contrasts = (await rows(ablationContrasts)).filter(
      ({ sae_id, metric, protocol }) =>
        sae_id === 'res_4' && metric === 'n_items' && protocol === 'from-prompt',
    );
    const ofZeroing = contrasts.filter(({ arm }) => arm === 'ablated');
    assert.deepEqual(
      ofZeroing.map(({ control }) => control),
      CONTROLS.ablated,
    );
    for (const { control, ci_low, n } of ofZeroing) {
      assert.equal(n, 3 * 23, control);
      assert.ok(ci_low > 0, `${control}: ${ci_low}`);
    }
  });
});
