import type { SaeFile } from '../../sae/sae.ts';
import type { Reader, Sequence } from '../reader.ts';
import { SaeSessions } from '../sae-sessions.ts';
import { splitGraph, splitLayer } from './active-layer.ts';
import type { Transcoders } from './linear-view.ts';
import { ValuesReader } from './sequence-values.ts';

/** [layer][d_sae]: the mean activation of every feature over the counted positions of some sequences. */
export async function meanActivations(
  reader: Reader,
  transcoders: Transcoders<SaeFile>,
  sequences: readonly Sequence[],
): Promise<(Float32Array | null)[]> {
  await using values = await ValuesReader.open(reader, transcoders);
  const read = [];
  for (const sequence of sequences) read.push(await values.read(sequence));
  await using sessions = new SaeSessions(reader, splitGraph);
  const means: (Float32Array | null)[] = [];
  for (const file of transcoders) {
    const coder = file && (await file.load());
    if (!coder) {
      means.push(null);
      continue;
    }
    const sums = new Float64Array(coder.dSae);
    let positions = 0;
    for (const sequence of read) {
      const { features, acts } = await splitLayer(reader, sessions, coder, sequence);
      features.forEach((feature, i) => {
        sums[feature]! += acts[i]!;
      });
      positions += Math.max(0, sequence.batch.length - reader.uncounted);
    }
    means.push(Float32Array.from(sums, (sum) => sum / positions));
  }
  return means;
}
