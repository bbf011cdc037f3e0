import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readFeatures } from '../../pipeline/interp/active-features.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../pipeline/interp/attribution/attribution-rows.ts';
import { featureActivations } from '../../pipeline/interp/feature-activations.ts';
import { saeQuality } from '../../pipeline/interp/sae-quality/sae-quality.ts';
import { ALL } from '../../pipeline/interp/sae-quality/tally.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { openSae } from '../miniature/saes.ts';
import { cpuReader } from '../reader.ts';
import { zeroAblate } from '../zero-ablate.ts';

const model = loadModel(MINIATURE);
const sae = await openSae('res_2');
const sequences = ['Colors', 'Types of Trees', 'Ocean'].map((topic) => {
  const message = `Provide me with a short list of ${topic}.`;
  return { ids: tokenizer.encode(`${tokenizer.chatPrompt(message)}-`) };
});
/** The first position that counts, and every other one. */
const countedOf = (uncounted: number, { ids }: { readonly ids: readonly number[] }) =>
  [...ids.keys()].slice(uncounted);

for (const uncounted of [0, 1, 2])
  suite(`${uncounted} positions at the start of a sequence count nowhere`, () => {
    const reader = cpuReader(model, { uncounted });

    test('features are active at those that count alone', async () => {
      const features = Array.from({ length: sae.dSae }, (_, feature) => feature);
      const seen: number[][] = sequences.map(() => []);
      await featureActivations(reader, [{ sae, features }], sequences, {
        onRow: ({ sequence, acts }) => {
          for (const pos of sequences[sequence]!.ids.keys()) {
            const own = acts.subarray(pos * sae.dSae, (pos + 1) * sae.dSae);
            if (own.some((act) => act > 0)) seen[sequence]!.push(pos);
          }
        },
      });
      assert.deepEqual(
        seen,
        sequences.map((sequence) => countedOf(uncounted, sequence)),
      );
    });

    test('a reconstruction takes the place of the activation there alone', async () => {
      const readings = sequences.map(({ ids }) => ({ ids, positions: [] }));
      const rows = await readFeatures(reader, await sae.load(), readings);
      assert.deepEqual(
        rows.map(({ reconstruction }) => reconstruction.map(({ pos }) => pos)),
        sequences.map((sequence) => countedOf(uncounted, sequence)),
      );
    });

    test('attribution is to features there alone', async () => {
      const found: AttributionRow[] = [];
      const readings = sequences.map(({ ids }) => ({
        ids,
        metricPos: ids.length - 1,
        pair: [tokenizer.id(' '), tokenizer.id('\n')] as const,
        lengths: { prompt: 3, prefix: ids.length },
      }));
      await attributeSaes(reader, [sae], [{ path: 'zero', readings }], {
        top: 1e6,
        topOfPart: 1e6,
        onRows: ({ rows }) => void found.push(...rows),
      });
      found.forEach((row, i) => {
        const counted = countedOf(uncounted, sequences[i]!);
        const positions = (list: AttributionRow['byValue']) =>
          [...new Set(list.map(({ pos }) => pos))].sort((a, b) => a - b);
        assert.deepEqual(positions(row.byMagnitude), counted);
        for (const { pos } of row.byValue) assert.ok(counted.includes(pos));
        assert.deepEqual(positions(row.byPart.prefix), counted);
        assert.deepEqual(
          positions(row.byPart.prompt),
          counted.filter((pos) => pos < 3),
        );
        assert.deepEqual(
          row.byPosition.map(({ pos }) => pos),
          counted,
        );
        for (const { pos, features } of row.byPosition) {
          const own = row.byMagnitude.filter((feature) => feature.pos === pos);
          const sum = own.reduce((total, { attribution }) => total + attribution, 0);
          assert.ok(Math.abs(features - sum) < 1e-4);
        }
      });
      assert.equal(found.length, sequences.length);
    });

    test('the quality of an SAE is of those', async () => {
      const readings = sequences.map(({ ids }) => ({
        ids,
        kinds: ids.map((_, pos) => [`${pos}`]),
      }));
      const [quality] = await saeQuality(reader, [sae], readings);
      const counts = new Map(quality!.kinds.map(({ kind, n }) => [kind, n]));
      const counted = sequences.flatMap((sequence) => countedOf(uncounted, sequence));
      assert.equal(counts.get(ALL), counted.length);
      for (const pos of [0, 1, 2])
        assert.equal(counts.get(`${pos}`), pos < uncounted ? undefined : sequences.length);
    });

    test('a feature is zeroed from there on, and refused before', async () => {
      const loaded = await sae.load();
      const at = (pos: number) => [{ pos, feature: 3, featureAct: 1 }];
      assert.deepEqual(
        zeroAblate(reader, loaded, at(uncounted)).map(({ pos }) => pos),
        [uncounted],
      );
      const before = uncounted - 1;
      assert.throws(() => zeroAblate(reader, loaded, at(before)), {
        message: `feature 3 at the uncounted position ${before}: edit from position ${uncounted} on`,
      });
    });
  });
