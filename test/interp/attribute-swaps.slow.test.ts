import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../pipeline/interp/attribution/attribution-rows.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles } from '../golden.ts';
import { goldenSae, goldenSequences } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

/** A feature at a position whose value changes with the swap. */
type SwappedFeature = Pick<
  AttributionRow['byValue'][number],
  'pos' | 'feature' | 'featureAct' | 'startAct' | 'attribution'
>;
type SwapRow = AttributionRow['byPart'];

const LENGTHS = { prompt: 5, prefix: 8 };
/** Where the swapped sequences have another token. */
const SWAPPED_AT = 2;
const TOP = 12;

/** An SAE's features of [n, d_in] in plain float64. */
function plainActs({ params, dIn, dSae }: Sae, x: readonly number[]): number[][] {
  const [wEnc, bEnc, threshold] = [params.W_enc, params.b_enc, params.threshold];
  return Array.from({ length: x.length / dIn }, (_, pos) =>
    Array.from({ length: dSae }, (_, f) => {
      let pre = bEnc.data[f]!;
      for (let i = 0; i < dIn; i++) pre += x[pos * dIn + i]! * wEnc.data[i * dSae + f]!;
      return pre > threshold.data[f]! ? pre : 0;
    }),
  );
}

/** [position][feature]: by how much the metric changes with each feature, to first order, in plain float64. */
const plainSlopes = ({ params, dOut, dSae }: Sae, gradient: readonly number[]): number[][] =>
  Array.from({ length: gradient.length / dOut }, (_, pos) =>
    Array.from({ length: dSae }, (_, f) => {
      let slope = 0;
      for (let i = 0; i < dOut; i++)
        slope += params.W_dec.data[f * dOut + i]! * gradient[pos * dOut + i]!;
      return slope;
    }),
  );

const adding = (ranking: AttributionRow['byValue']) =>
  ranking.filter(({ attribution }) => attribution > 0);

/** Every feature that adds to the metric, before a position, largest first. */
const plainRanking = (
  acts: readonly number[][],
  swapped: readonly number[][],
  slopes: readonly number[][],
  end: number,
): SwappedFeature[] =>
  acts
    .slice(0, end)
    .flatMap((values, pos) =>
      values.map((featureAct, feature) => {
        const startAct = swapped[pos]![feature]!;
        const attribution = (featureAct - startAct) * slopes[pos]![feature]!;
        return { pos, feature, featureAct, startAct, attribution };
      }),
    )
    .filter(({ pos, attribution }) => pos >= 1 && attribution > 0) // BOS is left out
    .sort((a, b) => b.attribution - a.attribution);

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    suite(`features of a swapped token: ${golden.name}, ${file}`, async () => {
      const sae = await goldenSae(golden, file);
      const npz = await loadGolden(golden, file);
      const inputs = await loadGolden(golden, inputsOf(golden, file));
      const length = inputs.get('input_ids').dims[1]!;
      const sequences = goldenSequences(inputs);
      const positions = numbers(inputs.get('metric_pos').data);
      const pair = numbers(inputs.get('metric_ids').data) as [number, number];
      const other = pair[0];
      const readings = sequences.map(({ ids, pad }, row) => ({
        ids,
        swappedIds: ids.with(SWAPPED_AT, ids[SWAPPED_AT] === other ? pair[1] : other),
        metricPos: positions[row]! - pad,
        pair,
        lengths: LENGTHS,
      }));
      const reader = cpuReader(loadModel(join(golden.dir, 'model')));
      const attributed = async (some: typeof readings, topOfPart = TOP): Promise<SwapRow[]> => {
        const found: SwapRow[] = [];
        await attributeSaes(reader, [sae], [{ path: 'swapped', readings: some }], {
          top: 1,
          topOfPart,
          onRows: ({ first, rows }) => {
            assert.equal(first, found.length);
            for (const { byPart } of rows)
              found.push({ prompt: adding(byPart.prompt), prefix: adding(byPart.prefix) });
          },
        });
        return found;
      };
      /** One sequence's rows of a block of reference numbers, without its padding. */
      const rowsOf = (name: string, row: number, width: number) =>
        numbers(npz.get(name).data).slice(
          (row * length + sequences[row]!.pad) * width,
          (row + 1) * length * width,
        );

      test('the largest of each part, against a plain computation', async () => {
        const graph = new Graph();
        forward(reader.model, graph);
        graph.output('hook', graph.find(sae.hook));
        await using session = await openSession(graph, reader);
        const found = await attributed(readings);
        for (const [row, { swappedIds }] of readings.entries()) {
          const after = await session.run(padLeft([swappedIds]).feeds);
          const acts = plainActs(sae, rowsOf('x', row, sae.dIn));
          const swapped = plainActs(sae, [...floats(after, 'hook')]);
          const slopes = plainSlopes(sae, rowsOf('grad_x', row, sae.dOut));
          for (const [part, end] of Object.entries(LENGTHS)) {
            const expected = plainRanking(acts, swapped, slopes, end);
            const ranking = found[row]![part as keyof SwapRow];
            const largest = expected[0]!.attribution;
            assert.ok(largest > 0);
            assert.ok(Math.abs(ranking.length - Math.min(TOP, expected.length)) <= 1);
            ranking.forEach((entry, rank) => {
              const own = expected.find(
                ({ pos, feature }) => pos === entry.pos && feature === entry.feature,
              );
              assert.ok(own, `${part} ${rank}: not among those expected`);
              for (const name of ['featureAct', 'startAct'] as const)
                assert.ok(Math.abs(entry[name] - own[name]) < 2e-3, `${name} ${entry[name]}`);
              for (const same of [own, expected[rank]!])
                assert.ok(
                  Math.abs(entry.attribution - same.attribution) < 2e-3 * largest,
                  `${part} ${rank}: ${entry.attribution} ≠ ${same.attribution}`,
                );
            });
          }
        }
      });

      test('nothing before the swapped token, nothing outside a part, and the prompt is in the prefix', async () => {
        for (const { prompt, prefix } of await attributed(readings, 10_000)) {
          assert.ok(prompt.length > 0 && prefix.length > prompt.length);
          for (const { pos } of prompt) assert.ok(pos >= SWAPPED_AT && pos < LENGTHS.prompt);
          for (const { pos } of prefix) assert.ok(pos >= SWAPPED_AT && pos < LENGTHS.prefix);
          assert.deepEqual(
            prefix.filter(({ pos }) => pos < LENGTHS.prompt),
            prompt,
          );
        }
      });

      test('a reading without swapped tokens, or with others, is refused', async () => {
        const [first] = readings;
        await assert.rejects(
          attributed([{ ...first!, swappedIds: [] }]),
          /a sequence of \d+ tokens has 0 swapped ones: give the same tokens but one/,
        );
      });

      test('swapped for itself a sequence has no rows', async () => {
        const same = readings.map((reading) => ({ ...reading, swappedIds: reading.ids }));
        for (const row of await attributed(same)) assert.deepEqual(row, { prompt: [], prefix: [] });
      });
    });
