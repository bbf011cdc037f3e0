import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { readFeatures } from '../../pipeline/interp/active-features.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../pipeline/interp/attribution/attribution-rows.ts';
import { gradientGraph, hookValues } from '../../pipeline/interp/attribution/gradient-graph.ts';
import { featureActivations } from '../../pipeline/interp/feature-activations.ts';
import { featureLogits } from '../../pipeline/interp/feature-logits.ts';
import { metricFeeds } from '../../pipeline/interp/logit-diff.ts';
import { type Reader, sequenceBatches } from '../../pipeline/interp/reader.ts';
import { saeQuality } from '../../pipeline/interp/sae-quality/sae-quality.ts';
import { ALL } from '../../pipeline/interp/sae-quality/tally.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE_2 } from '../../pipeline/sae/releases/gemma-scope-2.ts';
import { parametersOf, type Sae, type SaeFile } from '../../pipeline/sae/sae.ts';
import { selectFeatures } from '../../pipeline/sae/select-features.ts';
import { FAMILIES } from '../../pipeline/schema/sae-families.ts';
import { appendRanked, appendSum, emptyTables } from '../../pipeline/stages/attribute/rows.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { numbers } from '../golden.ts';
import { SMALL, smallTensors, writeSmall } from '../models/small-models.ts';
import { cpuReader } from '../reader.ts';
import {
  plainReconstruction,
  plainTerms,
  WIDTH,
  type Written,
  writeSae,
} from '../sae/gemma-scope-2.ts';
import { tempDir } from '../temp.ts';
import { zeroAblate } from '../zero-ablate.ts';

/** A transcoder with a skip connection, one without of the same shape, and the other families. */
const WRITTEN: readonly Written[] = [
  { family: 'tc', layer: 1, l0: 'big_affine' },
  { family: 'tc', layer: 2, l0: 'big' },
  { family: 'res', layer: 1, l0: 'big' },
  { family: 'att', layer: 2, l0: 'big' },
  { family: 'mlp', layer: 3, l0: 'big' },
];

const random = keyedRandom(3, 'skip connection');
const readings = [9, 6, 12].map((length) => {
  const pair: [number, number] = [5, 9];
  return {
    ids: [2, ...Array.from({ length }, () => 3 + Math.floor(random() * 47))],
    metricPos: length - 2,
    pair,
    lengths: { prompt: 3, prefix: 5 },
  };
});

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const minus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value - b[i]!);
const assertNear = (actual: number, expected: number, what: string): void =>
  assert.ok(
    Math.abs(actual - expected) < 2e-4 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, expected ${expected}`,
  );

suite('SAEs of Gemma Scope 2 on a small Gemma 3, beside a plain computation', async () => {
  const [modelDir, dir] = [tempDir({ after }), tempDir({ after })];
  const config = SMALL.gemma3_text;
  const tensors = smallTensors(config);
  const model = loadModel(writeSmall(modelDir, config, tensors));
  const reader = cpuReader(model);
  for (const written of WRITTEN) writeSae(dir, written);
  const dirs = Object.fromEntries(FAMILIES.map((family) => [family, dir]));
  const saes: (Sae & SaeFile)[] = [];
  for (const { family, layer } of WRITTEN) {
    const file = await openSae(
      { release: GEMMA_SCOPE_2, dirs, width: String(WIDTH) },
      `${family}_${layer}`,
    );
    saes.push({ ...(await file.load()), load: file.load });
  }
  const skipping = saes[0]!;

  const positions = await readPositions(reader, saes);

  test('only the affine transcoder has a skip connection, which counts as parameters', () => {
    assert.deepEqual(
      saes.map(({ hasSkip = false, params }) => [hasSkip, 'W_skip' in params]),
      [[true, true], ...Array(4).fill([false, false])],
    );
    const sizes = Object.values(skipping.params).map(({ data }) => data.length);
    assert.equal(
      parametersOf(skipping),
      sizes.reduce((a, b) => a + b, 0),
    );
  });

  test('quality: what is left unexplained, and how many features are active', async () => {
    const kinds = readings.map(({ ids }) => ({ ids, kinds: ids.map(() => ['every']) }));
    const found = await saeQuality(reader, saes, kinds);
    for (const [s, sae] of saes.entries()) {
      const all = positions.get(sae)!.flat();
      const mean = Array.from(
        { length: sae.dOut },
        (_, j) => all.reduce((sum, { y }) => sum + y[j]!, 0) / all.length,
      );
      const squares = (vector: readonly number[]) => dot(vector, vector);
      const terms = all.map(({ x }) => plainTerms(sae, x));
      const left = all.map(({ y }, i) => squares(minus(y, plainReconstruction(terms[i]!))));
      const total = all.map(({ y }) => squares(minus(y, mean)));
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      const quality = found[s]!.kinds.find(({ kind }) => kind === ALL)!;
      assertNear(quality.fvu, sum(left) / sum(total), `${sae.id} fvu`);
      const active = terms.map(({ acts }) => acts.filter((act) => act > 0).length);
      assertNear(quality.l0, sum(active) / all.length, `${sae.id} l0`);
    }
  });

  test('attribution: each term, and together the gradient times the activation', async () => {
    const found = new Map<string, AttributionRow[]>();
    await attributeSaes(reader, saes, [{ path: 'zero', readings }], {
      top: 5,
      topOfPart: 2,
      onRows: ({ sae, rows }) => found.set(sae.id, [...(found.get(sae.id) ?? []), ...rows]),
    });
    let largest = 0;
    for (const sae of saes) {
      const tables = emptyTables();
      const key = { sample_id: 'any', sae_id: sae.id, metric: 'blank_newline' } as const;
      found.get(sae.id)!.forEach((row, i) => {
        const own = positions.get(sae)![i]!;
        row.byPosition.forEach(({ pos, features, error, bias, skip }, p) => {
          const { x, y, gradient } = own[p]!;
          const terms = plainTerms(sae, x);
          const what = `${sae.id} ${pos}`;
          assertNear(features, dot(terms.features, gradient), `${what} features`);
          assertNear(bias, dot(terms.bias, gradient), `${what} bias`);
          if (sae.hasSkip) assertNear(skip!, dot(terms.skip, gradient), `${what} skip`);
          else assert.equal(skip, null);
          const rest = minus(y, plainReconstruction(terms));
          assertNear(error, dot(rest, gradient), `${what} error`);
          largest = Math.max(largest, Math.abs(skip ?? 0));
        });
        const list = { key, path: 'zero', row, metricPos: Number.POSITIVE_INFINITY } as const;
        appendRanked(tables, list);
        appendSum(tables, list);
        const whole = own.map(({ y, gradient }) => dot(y, gradient));
        const { features, error, bias } = tables.sums.at(-1)!;
        assertNear(
          features + error + bias,
          whole.reduce((a, b) => a + b, 0),
          `${sae.id} sums`,
        );
      });
      tables.tokens.forEach(({ features, gradient: byGradient, error, bias, ...rest }, p) => {
        assert.equal(byGradient, features);
        const { y, gradient } = positions.get(sae)!.flat()[p]!;
        assertNear(features + error + bias, dot(y, gradient), `${sae.id} tokens`);
        assert.deepEqual(Object.keys(rest).sort(), ['metric', 'pos', 'sae_id', 'sample_id']);
      });
    }
    assert.ok(largest > 0.05, `no skip connection that matters: ${largest}`);
  });

  test('ablation: the reconstruction has the skip connection, a zeroed feature does not', async () => {
    for (const sae of saes) {
      const rows = await readFeatures(
        reader,
        sae,
        readings.map(({ ids }) => ({ ids, positions: [ids.length - 1] })),
      );
      rows.forEach(({ active, reconstruction }, i) => {
        const own = positions.get(sae)![i]!;
        assert.equal(reconstruction.length, own.length);
        reconstruction.forEach(({ pos, delta }) => {
          const { x, y } = own[pos - 1]!;
          const expected = minus(plainReconstruction(plainTerms(sae, x)), y);
          expected.forEach((value, j) => {
            assertNear(delta[j]!, value, `${sae.id} ${pos} ${j}`);
          });
        });
        const last = own.at(-1)!;
        const { acts } = plainTerms(sae, last.x);
        assert.deepEqual(
          active.map(({ feature }) => feature),
          [...acts.keys()].filter((f) => acts[f]! > 0),
        );
        const [zeroed] = zeroAblate(reader, sae, active.slice(0, 1));
        const { feature, featureAct } = active[0]!;
        zeroed!.delta.forEach((value, j) => {
          assertNear(value, -featureAct * sae.params.W_dec.data[feature * sae.dOut + j]!, sae.id);
        });
      });
    }
  });

  test('activations of chosen features, and the tokens that they promote', async () => {
    const features = [0, 7, WIDTH - 1];
    await featureActivations(
      reader,
      saes.map((sae) => ({ sae, features })),
      readings,
      {
        onRow: ({ sae: { id }, sequence, acts }) => {
          const sae = saes.find((each) => each.id === id)!;
          positions.get(sae)![sequence]!.forEach(({ x }, p) => {
            const plain = plainTerms(sae, x).acts;
            features.forEach((feature, f) => {
              assertNear(acts[(p + 1) * features.length + f]!, plain[feature]!, `${id} ${feature}`);
            });
          });
        },
      },
    );
    const embedding = tensors['model.embed_tokens.weight']!;
    const [found] = await featureLogits(reader, skipping, { features: [7], top: 3 });
    const { dOut, params } = skipping;
    const row = [...params.W_dec.data.slice(7 * dOut, 8 * dOut)];
    const logits = Array.from({ length: config.vocab_size }, (_, token) =>
      row.reduce((sum, value, i) => sum + value * Number(embedding.data[token * dOut + i]), 0),
    );
    const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
    assert.deepEqual(
      found!.promoted.map(({ tokenId }) => tokenId),
      order.slice(0, 3),
    );
    assert.equal(selectFeatures(skipping, features).params.W_skip, params.W_skip);
  });

  test('a skip connection alone, the identity, reconstructs all', async () => {
    const { dModel: d } = model.dims;
    const res = saes.find(({ family }) => family === 'res')!;
    const identity = new Float32Array(d * d);
    for (let i = 0; i < d; i++) identity[i * (d + 1)] = 1;
    const sae: Sae = {
      ...res,
      hasSkip: true,
      params: {
        ...res.params,
        W_dec: float32(new Float32Array(WIDTH * d), [WIDTH, d]),
        b_dec: float32(new Float32Array(d), [d]),
        W_skip: float32(identity, [d, d]),
      },
    };
    const kinds = readings.map(({ ids }) => ({ ids, kinds: ids.map(() => []) }));
    const [found] = await saeQuality(reader, [{ ...sae, load: async () => sae }], kinds);
    const { fvu, rise, riseOfZero } = found!.kinds.find(({ kind }) => kind === ALL)!;
    assert.ok(fvu < 1e-9);
    assert.ok(Math.abs(rise / riseOfZero) < 1e-4);
  });

  test('the hooks are at the modules that the release names', async () => {
    const at = (hook: string) => `blocks.1.${hook}`;
    const hooks = ['ln2.hook_normalized', 'ln2.output', 'attn.hook_z', 'attn.output']
      .concat(['mlp.output', 'ln2_post.hook_normalized', 'hook_mlp_out'])
      .map(at);
    const graph = new Graph();
    forward(model, graph);
    for (const hook of hooks) graph.output(hook, graph.find(hook));
    await using session = await openSession(graph, reader);
    const [first] = sequenceBatches(reader, readings);
    const values = await session.run(first!.batch.feeds);
    const last = (hook: string, width: number) => numbers(values[at(hook)]!.data).slice(-width);
    const weight = (name: string) => numbers(tensors[`model.layers.1.${name}.weight`]!.data);
    const { dModel, nHeads, dHead } = model.dims;
    const z = last('attn.hook_z', nHeads * dHead);
    const projection = weight('self_attn.o_proj');
    const [before, after] = ['pre_feedforward_layernorm', 'post_feedforward_layernorm'].map(weight);
    const read = last('ln2.hook_normalized', dModel).map((value, i) => value * (1 + before![i]!));
    const written = last('ln2_post.hook_normalized', dModel).map((x, i) => x * (1 + after![i]!));
    for (let i = 0; i < dModel; i++) {
      const row = projection.slice(i * z.length, (i + 1) * z.length);
      assertNear(last('attn.output', dModel)[i]!, dot(row, z), 'o_proj');
      assertNear(last('ln2.output', dModel)[i]!, read[i]!, 'norm before the MLP');
      assertNear(last('hook_mlp_out', dModel)[i]!, written[i]!, 'norm after the MLP');
    }
  });
});

/** Values of an SAE's hooks, and the metric's gradient there, at one position. */
interface Position {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly gradient: readonly number[];
}

/** Of each SAE, every counted position of every reading. */
async function readPositions(
  reader: Reader,
  saes: readonly Sae[],
): Promise<ReadonlyMap<Sae, readonly (readonly Position[])[]>> {
  const positions = new Map(saes.map((sae) => [sae, [] as Position[][]]));
  await using session = await openSession(gradientGraph(reader.model, saes), reader);
  for (const { batch, sequences } of sequenceBatches(reader, readings)) {
    const outputs = await session.run({ ...batch.feeds, ...metricFeeds(sequences, batch) });
    for (const sae of saes) {
      const { x, output, gradient } = hookValues(sae, outputs);
      const at = ({ data }: Tensor, i: number, width: number) =>
        numbers(data.slice(i * width, (i + 1) * width));
      sequences.forEach(({ ids }, row) => {
        const counted = Array.from({ length: ids.length - 1 }, (_, i) => batch.index(row, i + 1));
        positions.get(sae)!.push(
          counted.map((i) => ({
            x: at(x, i, sae.dIn),
            y: at(output, i, sae.dOut),
            gradient: at(gradient, i, sae.dOut),
          })),
        );
      });
    }
  }
  return positions;
}
