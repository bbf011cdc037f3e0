import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { PooledRow } from '../../pipeline/interp/attribution/pool.ts';
import type { Model } from '../../pipeline/models/model.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { inMemory } from '../golden-sae.ts';
import { BATCH, idsOf, LENGTH, LENGTHS, PAIR, secondBatch, TOPS, withL0 } from './attributed.ts';
import { gemmaLayers } from './gemma-layers.ts';
import { type Log, type Measurement, median, medianRatio } from './measure.ts';
import { openPeer, type Peer, whyNoPeer } from './peer.ts';
import { findSae, randomSaePath, writeSae } from './random-sae.ts';

const SAES = 4;
const ROUNDS = 3;

/** Active features at a position, with the speed aimed at: Gemma Scope's, the realistic end, and more than any has. */
const L0S = [
  [71, '≥ 1.5'],
  [100, '≥ 1.5'],
  [500, '≥ 1'],
  [4096, '≥ 1'],
] as const;

const nameOf = (l0: number) => `PyTorch, one pass / attribution to ${SAES} SAEs, L0 ${l0}`;

/** The speed of attribution beside PyTorch's, on the same random model and SAE. */
export async function measurePeers(dir: string, log: Log): Promise<Measurement[]> {
  const lack = whyNoPeer();
  if (lack !== null)
    return L0S.map(([l0]) => ({ name: nameOf(l0), value: '–', note: `skipped: ${lack}` }));
  log('writing a model and an SAE of random weights');
  const model = gemmaLayers(dir, 1);
  writeSae(dir, 'res_0', model.dims.dModel);
  const sae = await (await findSae(dir, 'res_0')).load();
  const saes = await withL0(
    model,
    sae,
    L0S.map(([l0]) => l0),
  );
  const script = join(import.meta.dirname, 'peers/attribution.py');
  await using peer = openPeer<Found>(script, [dir, randomSaePath(dir, 'res_0')]);
  const found: Measurement[] = [];
  for (const [i, [l0, target]] of L0S.entries())
    found.push({ target, ...(await compare(model, saes[i]!, l0, { peer, log })) });
  return found;
}

/** What a run of the script gives. */
interface Found {
  readonly seconds: number;
  readonly l0: number;
  /** Position, feature and attribution of the first of the first sequence's ranking. */
  readonly top: readonly (readonly [pos: number, feature: number, attribution: number])[];
  readonly torch: string;
}

/** Ways in which the peer ranks; the faster one counts. */
const RANKINGS = ['all', 'active'] as const;

async function compare(
  model: Model,
  sae: Sae,
  l0: number,
  { peer, log }: { readonly peer: Peer<Found>; readonly log: Log },
): Promise<Measurement> {
  const threshold = sae.params.threshold.data[0]!;
  const { top, topOfPart } = TOPS;
  const asked = {
    ids: idsOf(model),
    pair: PAIR,
    threshold,
    saes: SAES,
    top,
    top_of_part: topOfPart,
  };
  const own: number[] = [];
  const peers = { all: [] as number[], active: [] as number[] };
  let torch = '';
  for (let round = 0; round <= ROUNDS; round++) {
    const { seconds, rows } = await secondBatch(model, Array(SAES).fill(inMemory(sae)));
    if (round > 0) own.push(seconds);
    for (const ranking of RANKINGS) {
      const lengths = Object.values(LENGTHS);
      const found = await peer.run({ ...asked, lengths, ranking });
      checkSame(rows, found, l0);
      if (round > 0) peers[ranking].push(found.seconds);
      torch = found.torch;
    }
    log(
      `  L0 ${l0}, ${round === 0 ? 'warm-up' : `round ${round} of ${ROUNDS}`}: ${seconds.toFixed(2)} s`,
    );
  }
  const fastest = RANKINGS.map((ranking) => peers[ranking]).sort(
    (a, b) => median(a) - median(b),
  )[0]!;
  return {
    name: nameOf(l0),
    value: `${median(own).toFixed(2)} s`,
    ratio: medianRatio(fastest, own),
    note: `PyTorch ${torch} ${median(fastest).toFixed(2)} s; ${BATCH} × ${LENGTH} tokens, models open`,
  };
}

/** @throws where the two did not compute the same */
function checkSame([row]: readonly PooledRow[], { top, l0 }: Found, expected: number): void {
  assert.ok(Math.abs(l0 / expected - 1) < 0.01, `L0 ${l0}, expected ${expected}`);
  for (const [rank, [pos, feature, attribution]] of top.entries()) {
    const own = row!.byValue[rank]!;
    const what = `rank ${rank}: ${JSON.stringify(own)}, PyTorch has ${[pos, feature, attribution]}`;
    assert.ok(own.pos === pos && own.feature === feature, what);
    assert.ok(Math.abs(own.attribution / attribution - 1) < 1e-3, what);
  }
}
