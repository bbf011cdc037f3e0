import { type ActiveCells, activeCells } from '../../pipeline/interp/attribution/active-cells.ts';
import { GatheredProducts } from '../../pipeline/interp/attribution/gathered-products.ts';
import { GATHERED_UP_TO } from '../../pipeline/interp/attribution/products-by-density.ts';
import { WholeProducts } from '../../pipeline/interp/attribution/whole-products.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

const ROUNDS = 3;
const PLACES = 504;
const CPU = { provider: 'cpu' } as const;

/** What gathered rows take beside the whole product: at half, once and twice the density up to which they are chosen. */
export async function measureDensity(sae: Sae, log: Log): Promise<Measurement[]> {
  log('slopes along gathered rows, and by the whole product');
  const found: Measurement[] = [];
  for (const [share, target] of [
    [1 / 2, '≤ 1'],
    [1, 'about 1'],
    [2, '≥ 1'],
  ] as const) {
    const density = share * GATHERED_UP_TO.cpu;
    const cells = randomCells(sae.dSae, density);
    const gradient = new Float32Array(PLACES * sae.dOut).fill(0.5);
    await using gathered = new GatheredProducts(CPU);
    await using whole = new WholeProducts(CPU);
    const seconds = await interleaved(
      {
        gathered: () => gathered.slopes(sae, cells, gradient),
        whole: () => whole.slopes(sae, cells, gradient),
      },
      { rounds: ROUNDS, log },
    );
    found.push({
      name: `gathered rows / whole product, ${100 * density} % of ${sae.dSae} active`,
      value: `${median(seconds.gathered).toFixed(2)} s`,
      ratio: medianRatio(seconds.gathered, seconds.whole),
      target,
      note: `${PLACES} positions; up to ${100 * GATHERED_UP_TO.cpu} % rows are gathered`,
    });
  }
  return found;
}

/** Places at which each feature is active with one probability. */
function randomCells(dSae: number, density: number): ActiveCells {
  const random = keyedRandom(1, 'density');
  const acts = Float32Array.from({ length: PLACES * dSae }, () => (random() < density ? 1 : 0));
  return activeCells(dSae, acts, null);
}
