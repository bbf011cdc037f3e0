import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/commands/compute.ts';
import { readParquet } from '../../pipeline/engine/parquet.ts';
import type { FeatureEdit } from '../../pipeline/interp/set-features.ts';
import { ablationEffects, type EffectRow } from '../../pipeline/schema/ablation-effects.ts';
import { ablations } from '../../pipeline/schema/ablations.ts';
import { completions } from '../../pipeline/schema/completions.ts';
import { predictionQuality } from '../../pipeline/schema/prediction-quality.ts';
import type { Row, Table } from '../../pipeline/schema/table.ts';
import { type Edit, matchAtRandom } from '../../pipeline/stages/ablate/edits.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { DATA } from '../miniature/miniature.ts';
import { tempDir } from '../temp.ts';

suite('features at random', () => {
  const edit = (pos: number, featureAct: number, feature: number, rank: number): Edit => ({
    pos,
    feature,
    featureAct,
    value: 0,
    attribution: 1,
    rank,
  });
  const at = (pos: number, feature: number, featureAct: number): FeatureEdit => ({
    pos,
    feature,
    featureAct,
    value: 0,
  });
  const match = (edits: readonly Edit[], active: readonly FeatureEdit[], key = 'a') =>
    matchAtRandom(edits, active, keyedRandom(1, key)).map(({ pos, feature, rank }) => [
      pos,
      feature,
      rank,
    ]);

  test('the nearest activation at the same position', () => {
    const active = [at(3, 0, 1), at(3, 1, 2), at(3, 2, 9), at(4, 3, 5)];
    assert.deepEqual(match([edit(3, 5, 7, 1)], active), [[3, 1, 1]]);
    assert.deepEqual(match([edit(3, 8, 7, 1)], active), [[3, 2, 1]]);
  });

  test('none twice, none of the edits, and fewer where there are no more', () => {
    const edits = [edit(3, 5, 7, 1), edit(3, 5, 8, 2), edit(3, 5, 9, 3)];
    const active = [at(3, 7, 5), at(3, 8, 5), at(3, 9, 5), at(3, 1, 5), at(3, 2, 1)];
    assert.deepEqual(match(edits, active), [
      [3, 1, 1],
      [3, 2, 2],
    ]);
  });

  test('among those about as near chance decides, the same for the same key', () => {
    const active = Array.from({ length: 10 }, (_, i) => at(3, i, 5 + i / 100));
    const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
    const chosen = keys.map((key) => match([edit(3, 5, 99, 1)], active, key)[0]![1]);
    assert.ok(new Set(chosen).size > 3);
    assert.deepEqual(
      keys.map((key) => match([edit(3, 5, 99, 1)], active, key)[0]![1]),
      chosen,
    );
  });
});

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
      .replace(/ids: \[[^\]]*\]/, 'ids: [res_4, att_3]')
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

  test('continuing a list lengthens it by chance alone; writing it again does not', async () => {
    const continued = await effect({ arm: 'resampled', protocol: 'continue' });
    const again = await effect({ arm: 'resampled', protocol: 'from-prompt' });
    assert.ok(continued.ci_low > 0);
    assert.ok(again.ci_low < 0 && again.ci_high > 0);
  });
});
