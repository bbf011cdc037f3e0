import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { featureActivations } from '../../pipeline/interp/feature-activations.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { selectFeatures } from '../../pipeline/sae/select-features.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles, tolerance } from '../golden.ts';
import { goldenSae, goldenSequences } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

type TopK = Sae & SaeFile;

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    suite(`activations of chosen features: ${golden.name}, ${file}`, async () => {
      const sae = await goldenSae(golden, file);
      const reference = await loadGolden(golden, file);
      const npz = await loadGolden(golden, inputsOf(golden, file));
      const length = npz.get('input_ids').dims[1]!;
      const sequences = goldenSequences(npz);
      const pads = sequences.map(({ pad }) => pad);
      const acts = numbers(reference.get('acts').data);

      test('are the reference’s, the first and last feature too, and none at BOS', async () => {
        const features = [0, sae.dSae - 1, 3];
        const model = loadModel(join(golden.dir, 'model'));
        const tol = tolerance(golden, file, 'acts');
        let seen = 0;
        await featureActivations(cpuReader(model), [{ sae, features }], sequences, {
          onRow: ({ sae: of, sequence: row, acts: found }) => {
            assert.equal(of.id, sae.id);
            assert.equal(found.length, sequences[row]!.ids.length * features.length);
            found.forEach((act, i) => {
              const [pos, feature] = [
                Math.floor(i / features.length),
                features[i % features.length]!,
              ];
              const at = (row * length + pads[row]! + pos) * sae.dSae + feature;
              assert.ok(
                Math.abs(act - (pos === 0 ? 0 : acts[at]!)) <= tol,
                `${row} ${pos} ${feature}`,
              );
            });
            seen += 1;
          },
        });
        assert.equal(seen, sequences.length);
      });

      test('with TopK each is among the largest of all, or 0', async () => {
        const [k, features] = [3, [0, 2, sae.dSae - 1]];
        const model = loadModel(join(golden.dir, 'model'));
        const largest: TopK = { ...sae, k, load: async () => largest };
        const read = async (of: SaeFile, chosen: readonly number[]) => {
          const rows: number[][][] = [];
          await featureActivations(cpuReader(model), [{ sae: of, features: chosen }], sequences, {
            onRow: ({ sequence, acts: found, sae: { dSae } }) => {
              assert.equal(dSae, chosen.length);
              rows[sequence] = Array.from({ length: found.length / dSae }, (_, pos) =>
                numbers(found.subarray(pos * dSae, (pos + 1) * dSae)),
              );
            },
          });
          return rows;
        };
        const all = await read(sae, [...Array(sae.dSae).keys()]);
        const few = await read(largest, features);
        let dropped = 0;
        few.forEach((positions, row) => {
          positions.forEach((found, pos) => {
            const others = all[row]![pos]!;
            const limit = others.toSorted((a, b) => b - a)[k - 1]!;
            found.forEach((act, i) => {
              const own = others[features[i]!]!;
              assert.ok(Math.abs(act - (own < limit ? 0 : own)) < 1e-5, `${row} ${pos} ${i}`);
              dropped += Number(own > 0 && own < limit);
            });
          });
        });
        assert.ok(dropped > 0);
        await assert.rejects(read(largest, [sae.dSae]), /: use a smaller index$/);
      });

      test('a feature that the SAE lacks is refused', () => {
        for (const feature of [-1, sae.dSae, 0.5])
          assert.throws(
            () => selectFeatures(sae, [0, feature]),
            new RegExp(
              `^Error: feature ${feature}: SAE ${sae.id} has ${sae.dSae}: use a smaller index$`,
            ),
          );
      });
    });
