import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { peakMemory } from '../../pipeline/graph/peak-memory.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type {
  AttributedFeature,
  AttributionRow,
} from '../../pipeline/interp/attribution/attribution-rows.ts';
import { exactEffects } from '../../pipeline/interp/attribution/exact-effects.ts';
import { gradientGraph } from '../../pipeline/interp/attribution/gradient-graph.ts';
import { integrateSae, integrationUses } from '../../pipeline/interp/attribution/integrate-sae.ts';
import { pathGraph } from '../../pipeline/interp/attribution/path-graph.ts';
import { measureMetric } from '../../pipeline/interp/measured-metric.ts';
import { residualBefore } from '../../pipeline/interp/residual-before.ts';
import { setFeatures } from '../../pipeline/interp/set-features.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import type { Addition } from '../../pipeline/runtime/intervention.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE_2 } from '../../pipeline/sae/releases/gemma-scope-2.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { PATHS, type Path } from '../../pipeline/schema/attribution-columns.ts';
import { FAMILIES } from '../../pipeline/schema/sae-families.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { numbers } from '../golden.ts';
import { SMALL, smallTensors, writeSmall } from '../models/small-models.ts';
import { cpuReader } from '../reader.ts';
import { plainTerms, WIDTH, type Written, writeSae } from '../sae/gemma-scope-2.ts';
import { tempDir } from '../temp.ts';

/** A transcoder with a skip connection, and attention outputs of the first layer and of another. */
const WRITTEN: readonly Written[] = [
  { family: 'tc', layer: 1, l0: 'big_affine' },
  { family: 'res', layer: 1, l0: 'big' },
  { family: 'att', layer: 2, l0: 'big' },
  { family: 'att', layer: 0, l0: 'big' },
];

const SWAPPED_AT = 2;
const random = keyedRandom(5, 'integrated');
const readings = [9, 6, 12].map((length) => {
  const ids = [2, ...Array.from({ length }, () => 3 + Math.floor(random() * 47))];
  return {
    ids,
    swappedIds: ids.with(SWAPPED_AT, (ids[SWAPPED_AT]! % 47) + 3),
    metricPos: length - 1,
    pair: [5, 9] as const,
    lengths: { prompt: 4, prefix: 6 },
  };
});

const SAMPLING = { steps: 65, tolerance: 1e-3, top: 1e6, topOfPart: 1e6 };
/** Points of the plain integral. */
const FINE = 64;
/** Features of each reading that the plain integral is computed for. */
const COMPARED = 2;

suite('integrated gradients on a small Gemma 3, beside a plain computation', async () => {
  const [modelDir, dir] = [tempDir({ after }), tempDir({ after })];
  const config = SMALL.gemma3_text;
  const model = loadModel(writeSmall(modelDir, config, smallTensors(config)));
  const reader = cpuReader(model, { batchSize: 3 });
  for (const written of WRITTEN) writeSae(dir, written);
  const dirs = Object.fromEntries(FAMILIES.map((family) => [family, dir]));
  const saes: (Sae & SaeFile)[] = [];
  for (const { family, layer } of WRITTEN) {
    const release = { release: GEMMA_SCOPE_2, dirs, width: String(WIDTH) };
    const file = await openSae(release, `${family}_${layer}`);
    saes.push({ ...(await file.load()), load: file.load });
  }

  const attributed = async (
    sae: SaeFile,
    path: Path,
    with_ = reader,
  ): Promise<AttributionRow[]> => {
    const [rows] = await integrateSae(with_, sae, [{ path, readings }], SAMPLING);
    return rows!;
  };

  /** [position][feature]: activations at a hook after some tokens, in plain float64. */
  async function actsOf(sae: Sae, ids: readonly number[]): Promise<(readonly number[])[]> {
    const graph = new Graph();
    forward(model, graph);
    graph.output('x', graph.find(sae.hook));
    await using session = await openSession(graph, reader);
    const x = numbers((await session.run(padLeft([ids]).feeds)).x!.data);
    return ids.map((_, pos) => plainTerms(sae, x.slice(pos * sae.dIn, (pos + 1) * sae.dIn)).acts);
  }

  /** Every feature that differs between a path's ends, and its values there. Later ones do not reach the metric. */
  async function changes(sae: Sae, path: Path, reading: (typeof readings)[number]) {
    const upTo = reading.metricPos + 1;
    const end = await actsOf(sae, reading.ids.slice(0, upTo));
    const start = path === 'zero' ? null : await actsOf(sae, reading.swappedIds.slice(0, upTo));
    return end.flatMap((acts, pos) =>
      acts.flatMap((featureAct, feature) => {
        const value = start === null ? 0 : start[pos]![feature]!;
        return pos === 0 || value === featureAct ? [] : [{ pos, feature, featureAct, value }];
      }),
    );
  }

  for (const sae of saes)
    for (const path of PATHS)
      test(`${sae.id}, from ${path}: each is the change times the mean slope, by many small steps`, async () => {
        const rows = await attributed(sae, path);
        for (const [i, reading] of readings.entries()) {
          const all = await changes(sae, path, reading);
          const removed = setFeatures(reader, sae, all);
          const largest = Math.abs(rows[i]!.byMagnitude[0]!.attribution);
          assert.ok(largest > 1e-3, `nothing is attributed: ${largest}`);
          for (const found of rows[i]!.byMagnitude.slice(0, COMPARED)) {
            const own = all.find(
              ({ pos, feature }) => pos === found.pos && feature === found.feature,
            )!;
            assert.ok(Math.abs(found.featureAct - own.featureAct) < 1e-3);
            assert.ok(Math.abs(found.startAct - own.value) < 1e-3);
            const plain = await plainIntegral({ sae, reading, removed, own });
            assert.ok(
              Math.abs(found.attribution - plain) < 0.02 * largest,
              `${found.pos} ${found.feature}: ${found.attribution}, expected ${plain}`,
            );
          }
        }
      });

  /** (end − start) × the mean of the metric's slope along a feature, by central differences at many points. */
  async function plainIntegral({
    sae,
    reading,
    removed,
    own,
  }: {
    readonly sae: Sae;
    readonly reading: (typeof readings)[number];
    readonly removed: readonly Addition[];
    readonly own: {
      readonly pos: number;
      readonly feature: number;
      readonly featureAct: number;
      readonly value: number;
    };
  }): Promise<number> {
    const step = 0.02;
    const along = (value: number): Addition[] =>
      setFeatures(reader, sae, [{ ...own, featureAct: 0, value }]);
    const points = Array.from({ length: FINE }, (_, i) => 1 - (i + 0.5) / FINE);
    const at = (share: number, value: number) => ({
      ...reading,
      additions: [
        ...removed.map(({ pos, delta }) => ({ pos, delta: delta.map((x) => share * x) })),
        ...along(value),
      ],
    });
    const metrics = await measureMetric(
      cpuReader(model, { batchSize: 2 * FINE }),
      sae.outputHook,
      points.flatMap((share) => [at(share, step), at(share, -step)]),
    );
    const slopes = points.map((_, i) => (metrics[2 * i]! - metrics[2 * i + 1]!) / (2 * step));
    const mean = slopes.reduce((a, b) => a + b, 0) / slopes.length;
    return (own.featureAct - own.value) * mean;
  }

  for (const path of PATHS)
    test(`from ${path}, they add up to the metric's difference between the ends`, async () => {
      for (const sae of saes) {
        const rows = await attributed(sae, path);
        for (const [i, reading] of readings.entries()) {
          const { byPosition, metrics } = rows[i]!;
          const additions = setFeatures(reader, sae, await changes(sae, path, reading));
          const [start, end] = await measureMetric(reader, sae.outputHook, [
            { ...reading, additions },
            { ...reading, additions: [] },
          ]);
          assert.ok(Math.abs(metrics.start! - start!) < 1e-4);
          assert.ok(Math.abs(metrics.end - end!) < 1e-4);
          assert.ok(metrics.points >= 3 && metrics.points <= SAMPLING.steps);
          const sum = byPosition.reduce((total, { features }) => total + features, 0);
          assert.ok(
            Math.abs(sum - (end! - start!)) < 0.01 * Math.abs(end! - start!) + 1e-3,
            `${sae.id}: ${sum}, expected ${end! - start!}`,
          );
        }
      }
    });

  test('the gradient beside them, and the terms that are no features, are those of the method gradient', async () => {
    for (const path of PATHS) {
      const plain = new Map<string, AttributionRow[]>();
      await attributeSaes(reader, saes, [{ path, readings }], {
        ...SAMPLING,
        onRows: ({ sae, rows }) => plain.set(sae.id, [...rows]),
      });
      for (const sae of saes) {
        const rows = await attributed(sae, path);
        rows.forEach((row, i) => {
          const expected = plain.get(sae.id)![i]!;
          const slopeOf = new Map(expected.byMagnitude.map((own) => [keyOf(own), own.attribution]));
          assert.equal(row.byMagnitude.length, slopeOf.size);
          for (const own of row.byMagnitude) {
            assert.ok(own.pos >= 1, 'BOS is left out');
            assert.ok(Math.abs(own.gradient - slopeOf.get(keyOf(own))!) < 1e-4);
          }
          row.byPosition.forEach(({ pos, gradient, error, bias, skip }, p) => {
            const own = expected.byPosition[p]!;
            assert.equal(pos, own.pos);
            for (const [a, b] of [
              [gradient, own.gradient],
              [error, own.error],
              [bias, own.bias],
              [skip ?? 0, own.skip ?? 0],
            ] as const)
              assert.ok(Math.abs(a - b) < 1e-3, `${sae.id} ${pos}: ${a} ≠ ${b}`);
          });
          const magnitudes = row.byGradient.map(({ gradient }) => Math.abs(gradient));
          assert.deepEqual(
            magnitudes,
            magnitudes.toSorted((a, b) => b - a),
          );
        });
      }
    }
  });

  test('no sequence depends on those that it is padded and bisected with', async () => {
    const [sae] = saes;
    for (const path of PATHS) {
      const together = await attributed(sae!, path);
      const alone = await attributed(sae!, path, cpuReader(model, { batchSize: 1 }));
      together.forEach((row, i) => {
        assert.equal(row.metrics.points, alone[i]!.metrics.points);
        row.featureSums.forEach((sum, feature) => {
          assert.ok(Math.abs(sum - alone[i]!.featureSums[feature]!) < 1e-3);
        });
      });
    }
  });

  test('few points are taken where few are allowed', async () => {
    const [rows] = await integrateSae(reader, saes[1]!, [{ path: 'zero', readings }], {
      ...SAMPLING,
      steps: 4,
      tolerance: 1e-9,
    });
    for (const { metrics } of rows!) assert.equal(metrics.points, 3);
  });

  test('exact effects are those of one feature at a time', async () => {
    const [sae] = saes;
    const [row] = await attributed(sae!, 'swapped');
    const [reading] = readings;
    const cells = row!.byMagnitude.slice(0, 3).map((feature) => ({
      ...feature,
      reading: reading!,
      metric: row!.metrics.end,
    }));
    const effects = await exactEffects(reader, sae!, cells);
    for (const [i, { pos, feature, featureAct, startAct }] of cells.entries()) {
      const additions = setFeatures(reader, sae!, [{ pos, feature, featureAct, value: startAct }]);
      const [after_] = await measureMetric(reader, sae!.outputHook, [{ ...reading!, additions }]);
      assert.ok(Math.abs(effects[i]! - (after_! - row!.metrics.end)) < 1e-4);
      assert.ok(Math.abs(effects[i]!) > 1e-5);
    }
    assert.deepEqual(await exactEffects(reader, sae!, []), []);
  });

  test('nothing below an SAE runs on the path, and the plan has every graph', () => {
    const sizes = { B: 4, T: 30 };
    const all = peakMemory(gradientGraph(model, saes), sizes);
    for (const { outputHook } of saes.filter(({ layer }) => layer > 0))
      assert.ok(peakMemory(pathGraph(model, outputHook), sizes).weights < 0.9 * all.weights);
    const extent = { tokens: 30, sequences: 4, top: 5, topOfPart: 2, paths: PATHS };
    const uses = integrationUses(model, saes, extent);
    for (const { graph, sizes: sizesOf } of uses)
      assert.ok(peakMemory(graph(), [sizesOf(8)].flat()[0]!).weights >= 0);
    const names = uses.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, names.join());
    for (const name of ['tc_1 gradient', 'res_1 gradient', 'att_0 gradient', 'att_2 hooks'])
      assert.ok(names.includes(name), `${name} is not among ${names}`);
  });

  test('what a sublayer adds to is known of every hook', () => {
    for (const [hook, expected] of [
      ['blocks.3.hook_resid_post', null],
      ['blocks.3.hook_resid_mid', null],
      ['blocks.3.hook_mlp_out', 'blocks.3.hook_resid_mid'],
      ['blocks.3.mlp.output', 'blocks.3.hook_resid_mid'],
      ['blocks.3.attn.hook_z', 'blocks.2.hook_resid_post'],
      ['blocks.3.hook_attn_out', 'blocks.2.hook_resid_post'],
      ['blocks.0.attn.hook_z', null],
    ] as const)
      assert.equal(residualBefore(hook), expected, hook);
    assert.throws(() => residualBefore('hook_embed'), /hook hook_embed is in no layer/);
  });
});

const keyOf = ({ pos, feature }: AttributedFeature): string => `${pos} ${feature}`;
