import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { readFeatures } from '../../pipeline/interp/active-features.ts';
import { measureMetric } from '../../pipeline/interp/measured-metric.ts';
import type { ActiveFeature } from '../../pipeline/interp/set-features.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { additionEdit, additionFeeds } from '../../pipeline/runtime/intervention.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles, tolerance } from '../golden.ts';
import { goldenPairs, goldenSae, goldenSequences } from '../golden-sae.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { openSae } from '../miniature/saes.ts';
import { cpuReader } from '../reader.ts';
import { zeroAblate } from '../zero-ablate.ts';

const loadSae = async (id: string) => (await openSae(id)).load();

const model = loadModel(MINIATURE);
const reader = cpuReader(model);
const sequences = ['Colors', 'Types of Trees'].map((topic) =>
  tokenizer.encode(`${tokenizer.chatPrompt(`Provide me with a short list of ${topic}.`)}-`),
);

for (const id of ['res_2', 'att_3', 'tc_1'])
  suite(`zeroing a feature of ${id}`, async () => {
    const sae = await loadSae(id);
    const POS = 9;
    const opened = readFeatures(
      reader,
      sae,
      sequences.map((ids) => ({ ids, positions: [POS] })),
    );
    /** The most active feature of the first sequence. */
    const chosen = async (): Promise<ActiveFeature> =>
      (await opened)[0]!.active.reduce((a, b) => (b.featureAct > a.featureAct ? b : a));
    const hookAndLogits = runner(sae);

    test('its value at the hook moves by −f · W_dec there, and by nothing elsewhere', async () => {
      const at = await chosen();
      const [before, after] = [await hookAndLogits([]), await hookAndLogits([at])];
      const width = sae.params.W_dec.dims[1]!;
      const start = (before.pad + POS) * width;
      const row = sae.params.W_dec.data.slice(at.feature * width, (at.feature + 1) * width);
      after.hook.forEach((value, i) => {
        const inside = i >= start && i < start + width;
        const moved = inside ? Math.fround(-at.featureAct * row[i - start]!) : 0;
        assert.equal(value, Math.fround(before.hook[i]! + moved));
      });
      assert.ok(after.hook.some((value, i) => value !== before.hook[i]));
    });

    test('what comes after it does change, what came before does not', async () => {
      const [before, after] = [await hookAndLogits([]), await hookAndLogits([await chosen()])];
      const from = (before.pad + POS) * model.dims.dVocab;
      const end = before.logits.length / sequences.length;
      assert.deepEqual(after.logits.slice(0, from), before.logits.slice(0, from));
      assert.notDeepEqual(after.logits.slice(from, end), before.logits.slice(from, end));
      assert.deepEqual(after.logits.slice(end), before.logits.slice(end)); // the other sequence
    });

    test('twice is once', async () => {
      const at = await chosen();
      assert.deepEqual(zeroAblate(reader, sae, [at, { ...at }]), zeroAblate(reader, sae, [at]));
    });

    test('two features at one position are one sum', async () => {
      const [a, b] = (await opened)[0]!.active;
      const both = zeroAblate(reader, sae, [a!, b!]);
      assert.equal(both.length, 1);
      const [alone] = zeroAblate(reader, sae, [a!]);
      const [other] = zeroAblate(reader, sae, [b!]);
      both[0]!.delta.forEach((x, i) => {
        assert.ok(Math.abs(x - (alone!.delta[i]! + other!.delta[i]!)) < 1e-6);
      });
    });

    test('zeroing every feature at a position leaves b_dec and the error term of it', async () => {
      const row = (await opened)[0]!;
      const [gone] = zeroAblate(reader, sae, row.active);
      const { hook, pad } = await hookAndLogits([]);
      const width = sae.params.W_dec.dims[1]!;
      const missed = row.reconstruction.find(({ pos }) => pos === POS)!.delta; // x̂ − x
      gone!.delta.forEach((delta, i) => {
        const x = hook[(pad + POS) * width + i]!;
        const left = sae.params.b_dec.data[i]! - missed[i]!;
        assert.ok(Math.abs(x + delta - left) < 1e-4 * Math.max(1, Math.abs(x)));
      });
    });
  });

/** The output hook's value, edited, and every logit; edits are made in the first sequence. */
function runner(sae: Sae) {
  const batch = padLeft(sequences);
  const width = sae.params.W_dec.dims[1]!;
  const graph = new Graph();
  const add = additionEdit(sae.outputHook);
  const { weights, resid } = forward(model, graph, {
    edit: (hook, value) => {
      const edited = add(hook, value);
      if (hook === sae.outputHook) graph.output('edited', edited);
      return edited;
    },
  });
  graph.output('logits', model.unembed(weights, resid).logits);
  const session = openSession(graph, { provider: 'cpu' });
  return async (features: readonly ActiveFeature[]) => {
    const feeds = additionFeeds([zeroAblate(reader, sae, features), []], batch, width);
    const found = await (await session).run({ ...batch.feeds, ...feeds });
    const [hook, logits] = [found.edited!, found.logits!].map(({ data }) => data as Float32Array);
    return { hook: hook!, logits: logits!, pad: batch.pads[0]! };
  };
}

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    test(`the metric of each and of all: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const inputs = await loadGolden(golden, inputsOf(golden, file));
      const sae = await goldenSae(golden, file);
      const [plain, pairs] = [goldenSequences(inputs), goldenPairs(npz, inputs)];
      const pair = numbers(inputs.get('metric_ids').data) as [number, number];
      const at = numbers(inputs.get('metric_pos').data);
      // A few of these pairs are at BOS, which the study refuses.
      const everywhere = { uncounted: 0 };
      const rows = plain.map(({ ids, pad }, row) => {
        return { row, ids, metricPos: at[row]! - pad, pair };
      });
      /** [choice][reading] */
      const measure = async (choices: readonly ((row: number) => ActiveFeature[])[]) => {
        const metrics = await measureMetric(
          cpuReader(loadModel(join(golden.dir, 'model'))),
          sae.outputHook,
          choices.flatMap((chosen) =>
            rows.map((reading) => ({
              ...reading,
              additions: zeroAblate(everywhere, sae, chosen(reading.row)),
            })),
          ),
        );
        return choices.map((_, i) => metrics.slice(i * rows.length, (i + 1) * rows.length));
      };
      const choices = [
        () => [],
        (row: number) => pairs[row]!,
        ...[0, 1, 2, 3, 4].map((i) => (row: number) => [pairs[row]![i]!]),
      ];
      // Read together, the readings of a sequence share what is before their first edits.
      const alone = await Promise.all(choices.map(async (chosen) => (await measure([chosen]))[0]!));
      for (const metrics of [alone, await measure(choices)]) {
        const check = (name: string, width: number, i: number, found: readonly number[]) => {
          const expected = numbers(npz.get(name).data);
          const tol = tolerance(golden, file, name);
          found.forEach((metric, n) => {
            const error = Math.abs(metric - expected[rows[n]!.row * width + i]!);
            assert.ok(error <= tol, `${name}, row ${rows[n]!.row}, ${i}: ${error} > ${tol}`);
          });
        };
        const [plain, all, ...single] = metrics;
        check('metric', 1, 0, plain!);
        check('top5_metric_all', 1, 0, all!);
        for (const [i, found] of single.entries()) check('top5_metric_single', 5, i, found);
      }
    });

test('refused: a feature that the SAE does not have, and BOS', async () => {
  const sae = await loadSae('res_3');
  const at = { pos: 4, feature: 3, featureAct: 1 };
  for (const feature of [384, -1])
    assert.throws(() => zeroAblate(reader, sae, [{ ...at, feature }]), {
      message: `feature ${feature}: SAE res_3 has 384: use a smaller index`,
    });
  assert.throws(() => zeroAblate(reader, sae, [{ ...at, pos: 0 }]), {
    message: 'feature 3 at the uncounted position 0: edit from position 1 on',
  });
  assert.deepEqual(zeroAblate(reader, sae, []), []);
});

test('active features come by position, then feature, and none at positions not asked for', async () => {
  const sae = await loadSae('res_1');
  const positions = [[3, 1], []];
  const rows = await readFeatures(
    reader,
    sae,
    sequences.map((ids, i) => ({ ids, positions: positions[i]! })),
  );
  assert.deepEqual(rows[1]!.active, []);
  const order = rows[0]!.active.map(({ pos, feature }) => [pos === 3 ? 0 : 1, feature] as const);
  assert.deepEqual(
    order,
    order.toSorted(([a, f], [b, g]) => a - b || f - g),
  );
  assert.deepEqual(new Set(rows[0]!.active.map(({ pos }) => pos)), new Set([1, 3]));
  assert.ok(rows[0]!.active.every(({ featureAct }) => featureAct > 0));
  sequences.forEach((ids, i) => {
    const covered = rows[i]!.reconstruction.map(({ pos }) => pos);
    assert.deepEqual(
      covered,
      ids.slice(1).map((_, j) => j + 1),
    );
  });
});
