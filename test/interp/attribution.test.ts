import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../pipeline/interp/attribution/attribution-rows.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  forwardFiles,
  goldenModels,
  inputsOf,
  loadGolden,
  numbers,
  saeFiles,
  tolerance,
} from '../golden.ts';
import { goldenSae, goldenSequences } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

for (const golden of goldenModels())
  for (const forward of forwardFiles(golden)) {
    const files = saeFiles(golden).filter((file) => inputsOf(golden, file) === forward);
    if (files.length === 0) continue;
    suite(`attribution by one backward pass: ${golden.name}, ${forward}`, async () => {
      const npz = await loadGolden(golden, forward);
      const of = (name: string) => numbers(npz.get(name).data);
      const length = npz.get('input_ids').dims[1]!;
      const sequences = goldenSequences(npz).map(({ ids }) => ids);
      const pads = sequences.map(({ length: own }) => length - own);
      const readings = pads.map((pad, row) => ({
        ids: sequences[row]!,
        metricPos: of('metric_pos')[row]! - pad,
        pair: of('metric_ids') as [number, number],
        lengths: { prompt: 4, prefix: 7 },
      }));
      const saes = await Promise.all(files.map((file) => goldenSae(golden, file)));
      const run = async () => {
        const found = new Map<string, AttributionRow[]>(files.map((file) => [file, []]));
        const model = loadModel(join(golden.dir, 'model'));
        await attributeSaes(cpuReader(model), saes, [{ path: 'zero', readings }], {
          top: 100,
          topOfPart: 8,
          onRows: ({ sae, first, rows }) => {
            assert.equal(found.get(sae.id)!.length, first);
            found.get(sae.id)!.push(...rows);
          },
        });
        return found;
      };
      const found = run();

      for (const [s, file] of files.entries())
        test(file, async () => {
          const { dSae } = saes[s]!;
          const sae = await loadGolden(golden, file);
          const [attr, acts] = ['attr', 'acts'].map((name) => numbers(sae.get(name).data));
          const tol = tolerance(golden, file, 'attr');
          (await found).get(file)!.forEach((row, i) => {
            const at = (pos: number, feature: number) =>
              (i * length + pads[i]! + pos) * dSae + feature;
            const everywhere = [];
            for (
              let pos = 1;
              pos < length - pads[i]!;
              pos++ // BOS is left out
            )
              for (let feature = 0; feature < dSae; feature++)
                if (acts![at(pos, feature)]! > 0) everywhere.push(attr![at(pos, feature)]!);
            const check = (list: AttributionRow['byValue'], expected: readonly number[]) => {
              // One that is as large as the tolerance may fall on either side.
              assert.ok(Math.abs(list.length - Math.min(100, expected.length)) <= 1);
              list.forEach(({ pos, feature, attribution, featureAct }, rank) => {
                assert.ok(pos >= 1);
                assert.ok(Math.abs(attribution - attr![at(pos, feature)]!) <= tol);
                assert.ok(Math.abs(featureAct - acts![at(pos, feature)]!) <= 2e-3);
                assert.ok(
                  Math.abs(Math.abs(attribution) - Math.abs(expected[rank] ?? 0)) <= 2 * tol,
                );
              });
            };
            // What is nearly 0 (after the metric it is exactly so) has no order worth comparing.
            const matters = (x: number) => Math.abs(x) > tol;
            const large = everywhere.filter(matters).sort((a, b) => Math.abs(b) - Math.abs(a));
            const positive = large.filter((x) => x > 0).sort((a, b) => b - a);
            const those = row.byMagnitude.filter(({ attribution }) => matters(attribution));
            check(those, large);
            check(
              row.byValue.filter(({ attribution }) => attribution > tol),
              positive,
            );
            for (const [part, end] of Object.entries({ prompt: 4, prefix: 7 })) {
              const found = row.byPart[part as 'prompt' | 'prefix'];
              const inside = Array.from({ length: (end - 1) * dSae }, (_, j) => at(1, 0) + j);
              const expected = inside.map((j) => attr![j]!).filter((x) => x > tol);
              expected.sort((a, b) => b - a);
              const those = found.filter(({ attribution }) => attribution > tol);
              assert.ok(Math.abs(those.length - Math.min(8, expected.length)) <= 1);
              those.forEach(({ pos, attribution }, rank) => {
                assert.ok(pos >= 1 && pos < end);
                assert.ok(Math.abs(attribution - (expected[rank] ?? 0)) <= 2 * tol);
              });
            }
            const [error, bias] = ['attr_error', 'attr_b_dec'].map((name) =>
              numbers(sae.get(name).data).slice(i * length + pads[i]! + 1, (i + 1) * length),
            );
            assert.equal(row.byPosition.length, length - pads[i]! - 1);
            row.byPosition.forEach((shares, p) => {
              assert.equal(shares.pos, p + 1);
              const features = attr!.slice(at(p + 1, 0), at(p + 2, 0)).reduce((a, b) => a + b, 0);
              assert.ok(Math.abs(shares.features - features) < 1e-3);
              assert.ok(Math.abs(shares.error - error![p]!) <= tol);
              assert.ok(Math.abs(shares.bias - bias![p]!) <= tol);
            });
            row.maxActs.forEach((act, feature) => {
              const own = row.byPosition.map((_, p) => acts![at(p + 1, feature)]!);
              assert.ok(Math.abs(act - Math.max(...own)) <= 2e-3);
            });
            const whole = row.featureSums.reduce((a, b) => a + b, 0);
            assert.ok(Math.abs(whole - everywhere.reduce((a, b) => a + b, 0)) < 2e-3);
          });
        });
    });
  }
