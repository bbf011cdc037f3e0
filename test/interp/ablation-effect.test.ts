import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { sub } from '../../pipeline/graph/ops.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { readNpz } from '../../pipeline/sources/formats/npz.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  assertClose,
  goldenModels,
  inputsOf,
  loadGolden,
  numbers,
  saeFiles,
  tolerance,
} from '../golden.ts';
import { paramsOf, siteOf } from '../golden-sae.ts';
import { goldenFeeds } from '../models/golden-run.ts';

/**
 * Zero-ablating a feature with the error term kept subtracts `featureActs · W_dec` at its position. The effect on
 * the metric is the reference's, and a small part of the edit has the effect that attribution predicts.
 */
for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    suite(`ablating features: ${golden.name}, ${file}`, async () => {
      const sae = await loadGolden(golden, file);
      const npz = await loadGolden(golden, inputsOf(golden, file));
      const { family, layer } = siteOf(golden, file);
      const [hook] = hooksOf(GEMMA_SCOPE, family, layer);
      const wDec = (await readNpz(join(golden.dir, paramsOf(golden, file)))).get('W_dec');
      const model = loadModel(join(golden.dir, 'model'));
      const { metric: _, pair: __, chosen, ...inputs } = goldenFeeds(npz, model);
      const [rows, length, d] = sae.get('x').dims as [number, number, number];
      const dSae = wDec.dims[0]!;

      const open = () => {
        const graph = new Graph();
        const delta = graph.input('delta', 'float32', ['B', 'T', d]);
        const { weights, resid } = forward(model, graph, {
          edit: (at, value) => (at === hook ? sub(value, delta) : value),
        });
        graph.output('logits', model.unembed(weights, resid).logits);
        return openSession(graph, { provider: 'cpu' });
      };
      const session = open();
      const logitsWith = async (delta: Float32Array) => {
        const shaped = float32(delta, [rows, length, d]);
        return (await (await session).run({ ...inputs, delta: shaped })).logits!;
      };
      const metricOf = (logits: Tensor): number[] =>
        Array.from({ length: rows }, (_, row) => {
          const size = logits.data.length / rows;
          let sum = 0;
          for (let i = row * size; i < (row + 1) * size; i++)
            sum += Number(chosen!.data[i]) * Number(logits.data[i]);
          return sum;
        });

      const pairs = numbers(sae.get('top5_pos_feat').data);
      const acts = numbers(sae.get('acts').data);
      /** `scale · featureActs · W_dec` of the chosen of each row's five pairs. */
      const edit = (chosenRanks: readonly number[], scale = 1): Float32Array => {
        const delta = new Float32Array(rows * length * d);
        for (let row = 0; row < rows; row++)
          for (const rank of chosenRanks) {
            const [pos, feature] = pairs.slice((row * 5 + rank) * 2) as [number, number];
            const at = row * length + pos;
            const act = acts[at * dSae + feature]! * scale;
            for (let i = 0; i < d; i++)
              delta[at * d + i]! += act * Number(wDec.data[feature * d + i]);
          }
        return delta;
      };
      const ALL = [0, 1, 2, 3, 4];

      test('all five at once: the edit, the metric and every logit', async () => {
        const delta = float32(edit(ALL), [rows, length, d]);
        const logits = await logitsWith(delta.data);
        // Some reference files leave the larger arrays out.
        const close = (name: string, actual: Tensor, mask?: Tensor) => {
          if (!sae.has(name)) return;
          const where = mask && { mask, from: 0 };
          assertClose(actual, sae.get(name), tolerance(golden, file, name), name, where);
        };
        assert.ok(sae.has('top5_metric_all'));
        close('top5_delta', delta);
        close('top5_metric_all', float32(metricOf(logits), [rows]));
        close('ablated_logits', logits, npz.get('attention_mask'));
      });

      test('each alone', async () => {
        const expected = numbers(sae.get('top5_metric_single').data);
        const tol = tolerance(golden, file, 'top5_metric_single');
        for (const rank of ALL) {
          const found = metricOf(await logitsWith(edit([rank])));
          found.forEach((metric, row) => {
            assert.ok(Math.abs(metric - expected[row * 5 + rank]!) <= tol, `row ${row}, ${rank}`);
          });
        }
      });

      test('no edit changes nothing', async () => {
        const logits = await logitsWith(new Float32Array(rows * length * d));
        const mask = npz.get('attention_mask');
        const tol = tolerance(golden, inputsOf(golden, file), 'logits');
        assertClose(logits, npz.get('logits'), tol, 'logits', { mask, from: 0 });
      });

      test('a small part of the edit has the effect that attribution predicts', async () => {
        const SMALL = 0.02;
        const attribution = numbers(sae.get('top5_attr').data);
        for (const rank of ALL) {
          const [ahead, behind] = [
            metricOf(await logitsWith(edit([rank], SMALL))),
            metricOf(await logitsWith(edit([rank], -SMALL))),
          ];
          ahead.forEach((metric, row) => {
            const effect = (metric - behind[row]!) / (2 * SMALL);
            const predicted = -attribution[row * 5 + rank]!;
            const error = Math.abs(effect - predicted);
            assert.ok(error < 0.02 * Math.abs(predicted) + 2e-3, `${effect}, not ${predicted}`);
          });
        }
      });
    });
