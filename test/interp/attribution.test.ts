import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type AttributionRow, attributeSaes } from '../../pipeline/interp/attribute-saes.ts';
import { readNpz } from '../../pipeline/io/npz.ts';
import { loadModel } from '../../pipeline/models/model.ts';
import { hooksOf, type Sae, type SaeParams } from '../../pipeline/sae/sae.ts';
import { goldenFiles, goldenModels, loadGolden, numbers, tolerance } from '../golden.ts';

/** `sae_resid_L2_padded.npz` is of the residual stream of layer 2. */
function placeOf(file: string) {
  const [, kind, layer] = /^sae_(resid|z)_L(\d+)/.exec(file)!;
  return { family: kind === 'resid' ? 'res' : 'att', layer: Number(layer) } as const;
}

async function openSae(dir: string, file: string): Promise<Sae> {
  const { family, layer } = placeOf(file);
  const npz = await readNpz(join(dir, file.replace(/_(padded|nopad)\.npz$/, ''), 'params.npz'));
  const [hook, outputHook] = hooksOf(family, layer);
  const params = Object.fromEntries(npz.names.map((name) => [name, npz.get(name)]));
  const dSae = npz.get('b_enc').dims[0]!;
  return {
    id: file,
    family,
    layer,
    hook,
    outputHook,
    dSae,
    params: params as unknown as SaeParams,
  };
}

for (const golden of goldenModels())
  for (const kind of ['padded', 'nopad']) {
    const files = goldenFiles(golden).filter((name) =>
      new RegExp(`^sae_\\w+_${kind}\\.npz$`).test(name),
    );
    if (files.length === 0) continue;
    suite(`attribution by one backward pass: ${golden.name}, ${kind}`, async () => {
      const npz = await loadGolden(golden, `forward_${kind}.npz`);
      const [rows, length] = npz.get('input_ids').dims as [number, number];
      const of = (name: string) => numbers(npz.get(name).data);
      const pads = Array.from({ length: rows }, (_, row) =>
        of('attention_mask')
          .slice(row * length, (row + 1) * length)
          .indexOf(1),
      );
      const readings = pads.map((pad, row) => ({
        ids: of('input_ids').slice(row * length + pad, (row + 1) * length),
        metricPos: of('metric_pos')[row]! - pad,
        pair: of('metric_ids') as [number, number],
      }));
      const saes = await Promise.all(files.map((file) => openSae(golden.dir, file)));
      const run = async () => {
        const found = new Map<string, AttributionRow[]>(files.map((file) => [file, []]));
        const options = { provider: 'cpu', batchSize: 2, top: 100 } as const;
        const model = loadModel(join(golden.dir, 'model'));
        await attributeSaes(model, saes, readings, options, ({ id }, first, rows) => {
          assert.equal(found.get(id)!.length, first);
          found.get(id)!.push(...rows);
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
            const sum = (from: string) => {
              const data = numbers(sae.get(from).data).slice(
                i * length + pads[i]! + 1,
                (i + 1) * length,
              );
              return data.reduce((a, b) => a + b, 0);
            };
            assert.ok(Math.abs(row.error - sum('attr_error')) < 2e-3);
            assert.ok(Math.abs(row.bias - sum('attr_b_dec')) < 2e-3);
            const whole = row.featureSums.reduce((a, b) => a + b, 0);
            assert.ok(Math.abs(whole - everywhere.reduce((a, b) => a + b, 0)) < 2e-3);
          });
        });
    });
  }
