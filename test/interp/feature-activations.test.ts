import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { featureActivations } from '../../pipeline/interp/feature-activations.ts';
import { selectFeatures } from '../../pipeline/sae/select-features.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles, tolerance } from '../golden.ts';
import { goldenSae, goldenSequences } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

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
