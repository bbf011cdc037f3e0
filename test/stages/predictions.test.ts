import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import {
  type Prediction,
  predictionsResource,
  savePredictions,
} from '../../pipeline/resources/predictions.ts';
import type { EffectRow } from '../../pipeline/schema/ablation-effects.ts';
import type { EffectRow as BaselineRow } from '../../pipeline/schema/baseline-effects.ts';
import { expectationsOf } from '../../pipeline/stages/predictions/expectations.ts';
import { isBeyond, predictionRow } from '../../pipeline/stages/predictions/outcome.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { pilotOf } from '../../pipeline/study/pilot.ts';
import { DATA } from '../miniature/miniature.ts';
import { tempDir } from '../temp.ts';

const interval = (mean: number, ci_low: number, ci_high: number) => ({
  mean,
  ci_low,
  ci_high,
  variance: 1,
  arm_mean: 5,
  p: 0.01,
  p_adjusted: null,
  n: 60,
});
const effect = (
  arm: EffectRow['arm'],
  [mean, low, high]: [number, number, number],
  changes: Partial<EffectRow> = {},
): EffectRow => ({
  sae_id: 'res_4',
  topic: null,
  protocol: 'from-prompt',
  arm,
  k: 5,
  metric: 'n_items',
  ...interval(mean, low, high),
  ...changes,
});
const baseline = (changes: Partial<BaselineRow> = {}): BaselineRow => ({
  method: 'swap_word',
  layer: null,
  strength: null,
  metric: 'n_items',
  ...interval(3, 2, 5),
  ...changes,
});

suite('what a pilot leads one to expect', () => {
  const ablation = [effect('ablated', [2, 1, 4]), effect('random', [0, -1, 0.5])];

  test('its mean, with an interval wider by the study’s own uncertainty', () => {
    const [equal] = expectationsOf(ablation, [], 1);
    // As many lists: twice the variance.
    assert.deepEqual([equal!.low, equal!.high], [0.5858, 4.828]);
    const [four] = expectationsOf(ablation, [], 4);
    assert.deepEqual([four!.low, four!.high], [0.882, 4.236]);
  });

  test('and whether it lies beyond its control', () => {
    const [found] = expectationsOf(ablation, [], 1);
    assert.deepEqual(
      { ...found, low: 0, high: 0 },
      {
        id: 'res_4 ablated n_items',
        of: { sae_id: 'res_4', arm: 'ablated' },
        metric: 'n_items',
        low: 0,
        high: 0,
        control: 'random',
        beyondControl: true,
      },
    );
    const near = [effect('ablated', [2, 0.4, 4]), ablation[1]!];
    assert.equal(expectationsOf(near, [], 1)[0]!.beyondControl, false);
  });

  test('for each SAE, arm and metric that has a control; of no topic, and of no other protocol', () => {
    const rows = [
      ...ablation,
      effect('ablated', [9, 9, 9], { topic: 'Colors' }),
      effect('ablated', [9, 9, 9], { protocol: 'continue' }),
      effect('ablated', [9, 9, 9], { metric: 'n_tokens' }),
      effect('substituted', [1, 0, 2]),
      effect('random-substituted', [0, -1, 1]),
      effect('ablated', [-1, -2, 0], { metric: 'forced_metric' }),
      effect('random', [0, -1, 1], { metric: 'forced_metric' }),
      effect('ablated', [1, 0, 2], { sae_id: 'res_8' }), // without a control
      effect('resampled', [0, -1, 1], { sae_id: null }),
    ];
    assert.deepEqual(
      expectationsOf(rows, [], 1).map(({ id }) => id),
      ['res_4 ablated n_items', 'res_4 ablated forced_metric', 'res_4 substituted n_items'],
    );
  });

  test('for each baseline that does something', () => {
    const rows = [
      baseline(),
      baseline({ method: 'steering', layer: 4, strength: 0.2 }),
      baseline({ method: 'steering', layer: 4, strength: 0 }),
      baseline({ metric: 'cross_entropy' }),
    ];
    const found = expectationsOf([], rows, 1);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['swap_word', 'steering 4 0.2'],
    );
    assert.deepEqual([found[0]!.low, found[0]!.high], [1.586, 5.828]);
    assert.deepEqual([found[0]!.control, found[0]!.beyondControl], [null, null]);
  });
});

test('intervals that touch are not beyond each other', () => {
  const at = (ci_low: number, ci_high: number) => ({ ci_low, ci_high });
  assert.equal(isBeyond(at(1, 2), at(-1, 0.9)), true);
  assert.equal(isBeyond(at(-3, -2), at(-1, 0.9)), true);
  assert.equal(isBeyond(at(0.9, 2), at(-1, 0.9)), false);
  assert.equal(isBeyond(at(-3, 3), at(-1, 1)), false);
});

suite('a prediction beside its outcome', () => {
  const [ofSae] = expectationsOf(
    [effect('ablated', [2, 1, 4]), effect('random', [0, -1, 0.5])],
    [],
    1,
  );
  const verdict = (mean: number, control: [number, number, number], prediction = ofSae!) => {
    const ablation = [effect('ablated', [mean, mean - 0.1, mean + 0.1]), effect('random', control)];
    return predictionRow(prediction, { ablation, baselines: [] });
  };

  test('right where it lies in the interval, and beyond its control as expected', () => {
    const row = verdict(1.5, [0, -1, 1]);
    assert.equal(row.verdict, 'right');
    assert.deepEqual(
      [row.outcome, row.ci_low, row.ci_high, row.beyond_control, row.n, row.about],
      [1.5, 1.4, 1.6, true, 60, 'res_4 ablated'],
    );
    assert.equal(verdict(1.5, [0, -1, 1], { ...ofSae!, low: 1.5, high: 1.5 }).verdict, 'right');
  });

  test('wrong outside of it, or where it is beyond its control against what was expected', () => {
    assert.equal(verdict(0.5, [0, -1, 0.1]).verdict, 'wrong');
    assert.equal(verdict(5, [0, -1, 1]).verdict, 'wrong');
    assert.equal(verdict(1.5, [1, 0, 2]).verdict, 'wrong');
    assert.equal(verdict(1.5, [1, 0, 2], { ...ofSae!, beyondControl: false }).verdict, 'right');
  });

  test('no outcome where the study has none', () => {
    const { verdict, outcome, beyond_control, n } = predictionRow(ofSae!, {
      ablation: [],
      baselines: [],
    });
    assert.deepEqual([verdict, outcome, beyond_control, n], ['no outcome', null, null, null]);
  });

  test('of several doses, the study’s own is meant', () => {
    const ablation = [
      effect('ablated', [9, 8, 10], { k: 1 }),
      effect('ablated', [2, 1.9, 2.1], { k: 5 }),
      effect('random', [0, -1, 1]),
    ];
    assert.equal(predictionRow(ofSae!, { ablation, baselines: [] }).outcome, 2);
  });

  test('a baseline is that of its method, layer and strength', () => {
    const steering = { method: 'steering', layer: 4, strength: 0.2 } as const;
    const [prediction] = expectationsOf([], [baseline(steering)], 1);
    const found = (changes: Partial<BaselineRow>) =>
      predictionRow(prediction!, {
        ablation: [],
        baselines: [baseline({ ...steering, ...changes })],
      });
    assert.equal(found({}).verdict, 'right');
    assert.equal(found({}).about, 'steering 4 0.2');
    assert.equal(found({ mean: 9 }).verdict, 'wrong');
    for (const other of [{ layer: 5 }, { strength: 0.4 }, { metric: 'n_tokens' }] as const)
      assert.equal(found(other).verdict, 'no outcome');
  });
});

suite('the file of predictions', () => {
  const predictions: Prediction[] = expectationsOf(
    [effect('ablated', [2, 1, 4]), effect('random', [0, -1, 0.5])],
    [baseline()],
    2,
  );
  const written = (t: Parameters<typeof tempDir>[0]) => {
    const path = join(tempDir(t), 'data/predictions/study.yaml');
    savePredictions(path, 'a pilot', predictions);
    return path;
  };
  const open = (path: string) => predictionsResource(path)!.open();

  test('gives back what was written, and another content when it is changed', (t) => {
    const path = written(t);
    assert.deepEqual(open(path), predictions);
    const before = predictionsResource(path)!.content;
    writeFileSync(path, readFileSync(path, 'utf8').replace('a pilot', 'another'));
    assert.notEqual(predictionsResource(path)!.content, before);
    assert.equal(predictionsResource(join(path, '../none.yaml')), null);
  });

  const DAMAGES: [string, (text: string) => string, RegExp][] = [
    [
      'a number that is a word',
      (text) => text.replace(/low: .*/, 'low: few'),
      /predictions\.0\.low: /,
    ],
    [
      'a field too many',
      (text) => text.replace(/ low:/, ' lower: 1\n    low:'),
      /predictions\.0: /,
    ],
    [
      'an arm that is not predicted',
      (text) => text.replace('arm: ablated', 'arm: resampled'),
      /predictions\.0\.of: /,
    ],
    [
      'an interval that is upside down',
      (text) => text.replace(/high: .*/, 'high: -1000'),
      /predictions\.0\.high: expected no less than low: /,
    ],
    [
      'a prediction twice',
      (text) => text.replace(/id: .*/g, 'id: the same'),
      /predictions\.1\.id: expected each id once: /,
    ],
    [
      'a prediction twice under two names',
      (text) => {
        const [, first] = /predictions:\n( {2}- [\s\S]*?)(?= {2}- |$)/.exec(text)!;
        return `${text}${first!.replace(/id: .*/, 'id: another')}`;
      },
      /predictions\.\d+: expected each effect once, and .+ is of the same: /,
    ],
    [
      'an SAE that is none',
      (text) => text.replace(/sae_id: .*/, 'sae_id: RES_1'),
      /predictions\.0\.of\.sae_id: expected family_layer, such as res_20: /,
    ],
    [
      'an arm that is its own control',
      (text) => text.replace(/control: random.*/, 'control: ablated'),
      /predictions\.0\.control: expected another arm than the one that is predicted: /,
    ],
    [
      'a control that is none',
      (text) => text.replace(/control: random.*/, 'control: rnadom'),
      /predictions\.0\.control: /,
    ],
    [
      'beyond a control that there is none of',
      (text) => text.replace(/control: random.*/, 'control: null'),
      /predictions\.0\.beyondControl: expected true or false with a control, null without one: /,
    ],
    ['no YAML', (text) => text.replace('from:', 'from: "'), /not YAML: /],
    ['nothing', () => '', /: /],
    [
      'aliases of aliases',
      () =>
        Array.from(
          { length: 9 },
          (_, i) => `- &a${i} [${Array(10).fill(i ? `*a${i - 1}` : 'x')}]`,
        ).join('\n'),
      /not YAML: its aliases stand for too many values/,
    ],
  ];
  for (const [what, damage, fault] of DAMAGES)
    test(`damaged is one line: ${what}`, (t) => {
      const path = written(t);
      writeFileSync(path, damage(readFileSync(path, 'utf8')));
      assert.throws(
        () => open(path),
        (error: Error) => {
          assert.ok(error.message.startsWith(`${path}: `));
          assert.match(error.message, fault);
          assert.match(error.message, /: take back the change, or run "npm run predict" again$/);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
});

suite('the pilot of a study', () => {
  const study = loadModelStudy(join(DATA, 'studies'), 'smollm2-135m-instruct');
  const corpus = Array.from({ length: 240 }, (_, i) => `topic ${i}`);

  test('has topics from all over the corpus, and samples only what predictions need', () => {
    const pilot = pilotOf({ ...study, pilot: { topics: 60 } }, corpus);
    assert.equal(pilot.topics.length, 60);
    assert.deepEqual(pilot.topics.slice(0, 2), ['topic 0', 'topic 4']);
    assert.equal(pilot.topics.at(-1), 'topic 236');
    assert.equal(pilot.sampling.samples, 1);
    assert.deepEqual(pilot.ablation!.doses, []);
    assert.deepEqual(pilot.ablation!.protocols, ['from-prompt']);
    assert.deepEqual(pilot.saes, study.saes);
  });

  test('that has none is refused', () => {
    const { pilot, ...without } = study;
    assert.throws(() => pilotOf(without, corpus), {
      message: 'study smollm2-135m-instruct has no pilot: give its file one, with topics',
    });
  });

  test('with more topics than the corpus has is refused', () => {
    assert.throws(() => pilotOf({ ...study, pilot: { topics: 241 } }, corpus), {
      message: 'pilot of smollm2-135m-instruct: 241 topics, the corpus has 240: ask for fewer',
    });
  });
});
