import type { SaeFile } from '../../sae/sae.ts';
import type { Reader, Sequence } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { splitGraph, splitLayer } from './active-layer.ts';
import type { Transcoders } from './linear-view.ts';
import { ValuesReader } from './sequence-values.ts';

/** Sequences whose values are in memory together; with another number, the means are the same. */
const PIECE = 25;

/** [layer][d_sae]: the mean activation of every feature over the counted positions of some sequences. */
export async function meanActivations(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  sequences: readonly Sequence[],
): Promise<(Float32Array | null)[]> {
  const sums = transcoders.map((file) => file && new Float64Array(file.dSae));
  for (let start = 0; start < sequences.length; start += PIECE)
    await addPiece(reader, transcoders, sequences.slice(start, start + PIECE), sums);
  const counted = sequences.reduce(
    (n, { ids }) => n + Math.max(0, ids.length - reader.uncounted),
    0,
  );
  return sums.map((ofLayer) => ofLayer && Float32Array.from(ofLayer, (sum) => sum / counted));
}

/** @param sums [layer][d_sae]: to which the activations are added */
async function addPiece(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  sequences: readonly Sequence[],
  sums: readonly (Float64Array | null)[],
): Promise<void> {
  await using values = await ValuesReader.open(reader, transcoders);
  const read = [];
  for (const sequence of sequences) read.push(await values.read(sequence));
  await using sessions = new SaeSessions(reader, splitGraph);
  for (const [layer, file] of transcoders.entries()) {
    const coder = file && (await file.load());
    if (!coder) continue;
    const ofLayer = sums[layer]!;
    for (const sequence of read) {
      const { features, acts } = await splitLayer(reader, sessions, coder, sequence);
      features.forEach((feature, i) => {
        ofLayer[feature]! += acts[i]!;
      });
    }
  }
}
