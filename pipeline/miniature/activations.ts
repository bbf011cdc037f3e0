import { Graph } from '../graph/builder.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { floats } from '../runtime/outputs.ts';
import { openSession } from '../runtime/session.ts';
import { keyedRandom } from '../stats/random.ts';
import type { Activations } from '../train/activations.ts';
import type { Corpus } from './corpus.ts';
import { startWalk, writeList } from './process.ts';
import { QUALIFIERS, STUDY_QUALIFIERS } from './qualifiers.ts';

/** The activations of several hooks at n tokens, and the kind of each token. */
export interface ActivationSet {
  /** [n]: 0 prompt, 1 hyphen, 2 newline, 3 blank, 4 item, 5 end of turn. */
  readonly kinds: Uint8Array;
  readonly byHook: ReadonlyMap<string, Activations>;
}

/** Lists for each topic and qualifier: the study's three qualifiers, and the others. */
const LISTS = { study: 8, other: 2 };
/** The study's sampling settings. */
const SAMPLING = { temperature: 0.8, topP: 0.9 };
const BATCH = 64;

/**
 * The activations at every token except BOS of prompts and lists sampled from the process: the distribution of the
 * study's own lists, on which its SAEs are trained.
 */
export async function collectActivations(
  model: Model,
  corpus: Corpus,
  hooks: readonly string[],
  seed: number,
): Promise<ActivationSet> {
  const graph = new Graph();
  forward(model, graph);
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  const session = await openSession(graph, { provider: 'cpu' });
  const sequences = writeSequences(corpus, seed);
  const kinds = Uint8Array.from(sequences.flatMap((sequence) => kindsOf(sequence, corpus)));
  const n = kinds.length;
  const widths = new Map(hooks.map((hook) => [hook, Number(graph.find(hook).shape.at(-1))]));
  const all = new Map(hooks.map((hook) => [hook, new Float32Array(n * widths.get(hook)!)]));
  let row = 0;
  for (let start = 0; start < sequences.length; start += BATCH) {
    const chunk = sequences.slice(start, start + BATCH);
    const batch = padLeft(chunk.map(({ ids }) => ids));
    const outputs = await session.run(batch.feeds);
    for (const hook of hooks) {
      const width = widths.get(hook)!;
      let offset = row * width;
      chunk.forEach((_, i) => {
        const rows = batch.unpadded(floats(outputs, hook), i, { width, from: 1 }); // after BOS
        all.get(hook)!.set(rows, offset);
        offset += rows.length;
      });
    }
    row += chunk.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  }
  await session.release();
  const byHook = new Map(
    hooks.map((hook) => [hook, { n, width: widths.get(hook)!, data: all.get(hook)! }]),
  );
  return { kinds, byHook };
}

interface Sequence {
  readonly ids: readonly number[];
  readonly promptLength: number;
}

/** The kind of each token except BOS. The prompt's last token is a hyphen. */
function kindsOf({ ids, promptLength }: Sequence, { tokens }: Corpus): number[] {
  const { hyphen, newline, blank, endOfTurn } = tokens;
  const kinds = new Map([hyphen, newline, blank].map((id, i) => [id, 1 + i])).set(endOfTurn, 5);
  return ids.map((id, pos) => (pos < promptLength - 1 ? 0 : (kinds.get(id) ?? 4))).slice(1);
}

/** Prompts with one sampled list each, of every topic and qualifier, in a fixed shuffled order. */
function writeSequences({ trees, tokens, prompt }: Corpus, seed: number): Sequence[] {
  const sequences = [...trees].flatMap(([topic, tree]) =>
    QUALIFIERS.flatMap((qualifier) => {
      const lists = STUDY_QUALIFIERS.includes(qualifier.name) ? LISTS.study : LISTS.other;
      return Array.from({ length: lists }, (_, i) => {
        const random = keyedRandom(seed, `activations ${topic} ${qualifier.name} ${i}`);
        const list = writeList(startWalk(tree, qualifier, tokens), random, SAMPLING);
        const ids = prompt(topic, qualifier);
        return { order: random(), ids: [...ids, ...list], promptLength: ids.length };
      });
    }),
  );
  return sequences.sort((a, b) => a.order - b.order);
}
