import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { logitLens } from '../../pipeline/interp/logit-lens.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { forwardFiles, goldenModels, loadGolden, numbers, tolerance } from '../golden.ts';
import { cpuReader } from '../reader.ts';

for (const golden of goldenModels())
  for (const file of forwardFiles(golden)) {
    test(`the logit lens of every layer: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const { nLayers } = loadModel(join(golden.dir, 'model')).dims;
      const [rows, length] = npz.get('input_ids').dims as [number, number];
      const ids = numbers(npz.get('input_ids').data);
      const mask = numbers(npz.get('attention_mask').data);
      const pads = Array.from({ length: rows }, (_, row) =>
        mask.slice(row * length, (row + 1) * length).indexOf(1),
      );
      const pair = numbers(npz.get('metric_ids').data) as [number, number];
      // Every second position, and of these every second with the pair the other way round, so that picking is seen to work.
      const isReversed = (pos: number) => pos % 4 === 2;
      const readings = pads.map((pad, row) => {
        const every = Array.from({ length: length - pad }, (_, pos) => pos);
        const positions = every.filter((pos) => pos % 2 === 0);
        return {
          ids: ids.slice(row * length + pad, (row + 1) * length),
          positions,
          pairs: positions.map(
            (pos) => (isReversed(pos) ? [pair[1], pair[0]] : pair) as typeof pair,
          ),
        };
      });
      const model = loadModel(join(golden.dir, 'model'));
      const found = await logitLens(cpuReader(model), readings);

      for (const [name, of] of [
        ['lens_diff_capped', 'capped'],
        ['lens_diff_uncapped', 'uncapped'],
      ] as const) {
        const expected = npz.get(name).data;
        const tol = tolerance(golden, file, name);
        found.forEach((row, i) => {
          for (let layer = 0; layer < nLayers; layer++)
            readings[i]!.positions.forEach((pos, j) => {
              const at = (layer * rows + i) * length + pads[i]! + pos;
              const read = row[of][(layer + 1) * row.positions + j]!;
              const value = isReversed(pos) ? -read : read;
              assert.ok(
                Math.abs(value - Number(expected[at])) <= tol,
                `${name} at layer ${layer}, row ${i}, pos ${pos}: ${value} not ${expected[at]}`,
              );
            });
        });
      }
      for (const { contributions, uncapped, positions, points } of found)
        for (let j = 0; j < positions; j++) {
          let sum = 0;
          for (let part = 0; part < contributions.length / positions; part++)
            sum += contributions[part * positions + j]!;
          const total = uncapped[(points - 1) * positions + j]!;
          assert.ok(Math.abs(sum - total) < 2e-3, `contributions sum to ${sum}, not ${total}`);
        }
    });
  }
