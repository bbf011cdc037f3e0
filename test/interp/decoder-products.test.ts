import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import {
  type ActiveCells,
  activeCells,
  densityOf,
  forEachCell,
} from '../../pipeline/interp/attribution/active-cells.ts';
import { SaeAttribution } from '../../pipeline/interp/attribution/attribution.ts';
import { GatheredProducts } from '../../pipeline/interp/attribution/gathered-products.ts';
import {
  GATHERED_UP_TO,
  ProductsByDensity,
} from '../../pipeline/interp/attribution/products-by-density.ts';
import { WholeProducts } from '../../pipeline/interp/attribution/whole-products.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { goldenModels, inputsOf, loadGolden, numbers, saeFiles, tolerance } from '../golden.ts';
import { goldenSae } from '../golden-sae.ts';

const CPU = { provider: 'cpu' } as const;
const WAYS = {
  gathered: () => new GatheredProducts(CPU),
  whole: () => new WholeProducts(CPU),
  'by density': () => new ProductsByDensity(CPU),
} as const;

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    for (const [way, products] of Object.entries(WAYS))
      test(`attribution against the reference, ${way}: ${golden.name}, ${file}`, async () => {
        const npz = await loadGolden(golden, file);
        const sae = await goldenSae(golden, file);
        const mask = (await loadGolden(golden, inputsOf(golden, file))).get('attention_mask');
        const narrow = (name: string) => Float32Array.from(numbers(npz.get(name).data));
        const [x, gradient] = [narrow('x'), narrow('grad_x')];
        await using attribution = new SaeAttribution(CPU, products());
        const encoded = await attribution.encode(sae, x, null);
        const found = await attribution.attribute(sae, encoded, { output: x, gradient });
        const near = (name: string, actual: number, index: number) => {
          if (!npz.has(name)) return; // some reference files leave a few arrays out
          const expected = Number(npz.get(name).data[index]);
          assert.ok(
            Math.abs(actual - expected) <= tolerance(golden, file, name),
            `${name} ${index}: ${actual}, expected ${expected}`,
          );
        };
        assert.ok(npz.has('attr'));
        const counted = (place: number) => Number(mask.data[place]) === 1;
        let active = 0;
        forEachCell(found.cells, (cell, place) => {
          if (!counted(place)) return;
          active++;
          const index = place * sae.dSae + found.cells.features[cell]!;
          near('attr', found.attributions[cell]!, index);
          near('acts', found.cells.acts[cell]!, index);
          near('attr_splice', found.attributions[cell]!, index);
        });
        const l0 = numbers(npz.get('l0').data).filter((_, place) => counted(place));
        assert.equal(
          active,
          l0.reduce((sum, each) => sum + each, 0),
        );
        const decoded = await attribution.delta(sae, encoded);
        for (let place = 0; place < mask.data.length; place++) {
          if (!counted(place)) continue;
          const { features, error, bias } = found.terms;
          near('attr_error', error[place]!, place);
          near('attr_b_dec', bias[place]!, place);
          let whole = 0;
          for (let i = 0; i < sae.dOut; i++) {
            const at = place * sae.dOut + i;
            near('recon', decoded[at]! + sae.params.b_dec.data[i]!, at);
            whole += x[at]! * gradient[at]!;
          }
          const sum = features[place]! + error[place]! + bias[place]!;
          assert.ok(Math.abs(sum - whole) < 1e-4 * Math.max(1, Math.abs(whole)));
        }
      });

const [D_SAE, D_OUT] = [400, 30];

/** An SAE of which only the decoder matters. */
function randomSae(random: () => number): Sae {
  const draw = (...dims: number[]) =>
    float32(
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.5),
      dims,
    );
  const spec = { id: 'res_0', family: 'res', layer: 0, hook: 'x', outputHook: 'x' } as const;
  const params = {
    W_enc: draw(1, D_SAE),
    b_enc: draw(D_SAE),
    W_dec: draw(D_SAE, D_OUT),
    b_dec: draw(D_OUT),
    threshold: draw(D_SAE),
  };
  return { ...spec, dIn: 1, dSae: D_SAE, dOut: D_OUT, params };
}

/** Places with as many active features as given, at random ones. */
function randomCells(counts: readonly number[], random: () => number): ActiveCells {
  const acts = new Float32Array(counts.length * D_SAE);
  counts.forEach((count, place) => {
    const features = Array.from({ length: D_SAE }, (_, feature) => feature);
    for (let i = 0; i < count; i++) {
      const [feature] = features.splice(Math.floor(random() * features.length), 1);
      acts[place * D_SAE + feature!] = 0.1 + random();
    }
  });
  return activeCells(D_SAE, acts, null);
}

suite('gathered rows and the whole product, beside a plain computation', () => {
  for (const [name, counts] of Object.entries({
    'few features': [3, 0, 7, 1],
    'places with none': [0, 0, 0],
    'no place': [],
    'every feature': [D_SAE, D_SAE],
    'very different numbers': [1, D_SAE, 0, 20, 1, 350],
  }))
    test(name, async () => {
      const random = keyedRandom(1, name);
      const sae = randomSae(random);
      const cells = randomCells(counts, random);
      const draw = (n: number) => Float32Array.from({ length: n }, () => random() - 0.5);
      const [gradient, values] = [draw(counts.length * D_OUT), draw(cells.features.length)];
      const slopes = new Float64Array(values.length);
      const decoded = new Float64Array(gradient.length);
      forEachCell(cells, (cell, place) => {
        for (let i = 0; i < D_OUT; i++) {
          const weight = sae.params.W_dec.data[cells.features[cell]! * D_OUT + i]!;
          slopes[cell]! += weight * gradient[place * D_OUT + i]!;
          decoded[place * D_OUT + i]! += weight * values[cell]!;
        }
      });
      for (const [way, open] of Object.entries(WAYS)) {
        await using products = open();
        assertNear(await products.slopes(sae, cells, gradient), slopes, `${way} slopes`);
        assertNear(await products.decode(sae, cells, values), decoded, `${way} decoded`);
      }
    });

  test('the density decides, so that the same batch is computed alike to the last bit', async () => {
    const random = keyedRandom(2, 'density');
    const sae = randomSae(random);
    const few = Math.floor(GATHERED_UP_TO.cpu * D_SAE);
    for (const [count, way] of [
      [few, 'gathered'],
      [few + 1, 'whole'],
    ] as const) {
      const cells = randomCells([count, count, count], random);
      assert.equal(densityOf(cells) <= GATHERED_UP_TO.cpu, way === 'gathered');
      const gradient = Float32Array.from({ length: 3 * D_OUT }, () => random() - 0.5);
      await using chosen = new ProductsByDensity(CPU);
      await using expected = WAYS[way]();
      const slopes = await chosen.slopes(sae, cells, gradient);
      assert.deepEqual(slopes, await expected.slopes(sae, cells, gradient));
      assert.deepEqual(slopes, await chosen.slopes(sae, cells, gradient));
    }
  });
});

test('a feature is active where it is at either end of a path', () => {
  const acts = Float32Array.of(0, 2, 0, 1, 0, 0);
  const startActs = Float32Array.of(0, 2, 3, 0, 0, 0);
  const { starts, features, ...ends } = activeCells(3, acts, startActs);
  assert.deepEqual([...starts], [0, 2, 3]);
  assert.deepEqual([...features], [1, 2, 0]);
  assert.deepEqual([...ends.acts], [2, 0, 1]);
  assert.deepEqual([...ends.startActs], [2, 3, 0]);
});

function assertNear(actual: Float32Array, expected: Float64Array, what: string): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) < 1e-4, `${what} ${i}: ${actual[i]}, not ${value}`);
  });
}
