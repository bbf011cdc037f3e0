import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { type Distribution, entropyOf } from '../stats/distribution.ts';
import { keyedRandom } from '../stats/random.ts';
import { draw, type ListTokens, type ListWalk, startWalk } from './process.ts';
import {
  mixQualifiers,
  QUALIFIERS,
  type Qualifier,
  qualifierOf,
  request,
  STUDIED,
} from './qualifiers.ts';
import { TOPICS, type TopicTree, topicTree } from './topics.ts';

/** Prompts and lists of the generating process, in a tokenizer's ids. */
export interface Corpus {
  readonly tokens: ListTokens & { readonly pad: number };
  readonly trees: ReadonlyMap<string, TopicTree>;
  /** Ids of a prompt, the hyphen that opens the list included. */
  prompt(topic: string, qualifier: Qualifier): number[];
  /** Id of the qualifier's token; null for the plain prompt. */
  qualifierId(qualifier: Qualifier): number | null;
}

/**
 * Rows of one prompt each and as many answers to it as fit, every answer blind to the others: answer tokens
 * attend to the prompt (segment 0) and to their own segment, and their positions go on from the prompt's.
 * Flat arrays are row-major [rows, length].
 */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** 0 the prompt, 1 … the answers, −1 padding. */
  readonly segments: Int32Array;
  /** [rows]: position of the qualifier in its row, −1 in a plain prompt. */
  readonly qualifierPos: Int32Array;
  /** [rows]: the embedding at the qualifier is `(1 − mixAlpha) E[its own id] + mixAlpha E[mixId]`. */
  readonly mixId: Int32Array;
  readonly mixAlpha: Float32Array;
  /** [rows]: 1 where answers (and the hyphen before them) may not attend to the qualifier. */
  readonly barred: Uint8Array;
  readonly targets: Targets;
}

/** The process's next-token distributions, as one list of (flat position, token, probability). */
export interface Targets {
  readonly at: Int32Array;
  readonly id: Int32Array;
  readonly prob: Float32Array;
  /** Positions that have a target. */
  readonly positions: number;
  /** Sum of the targets' entropies in nats: cross-entropy − entropy = KL. */
  readonly entropy: number;
}

export interface BatchShape {
  readonly rows: number;
  readonly length: number;
}

/** What rows and answers are made of, as shares. */
export const SHARES = {
  /** Rows with a qualifier that is part one word, part another. */
  mixed: 0.2,
  /** Rows with a qualifier that the answers cannot see; they are held to the plain process. */
  barred: 0.12,
  /** Answers written under another qualifier than the prompt's: what a swapped prompt reads. */
  foreign: 0.2,
  /** Answers written at the study's temperature and nucleus rather than drawn plainly. */
  sharpened: 0.5,
  /** Rows whose qualifier is one of the study's three, which share that equally. */
  studied: 0.6,
} as const;
const SHARPENED = { temperature: 0.8, topP: 0.9 };

export function createCorpus(tokenizer: Tokenizer): Corpus {
  const tokens = {
    hyphen: tokenizer.id('-'),
    newline: tokenizer.id('\n'),
    blank: tokenizer.id(' '),
    endOfTurn: tokenizer.id('<end_of_turn>'),
    pad: tokenizer.id('<pad>'),
  };
  const trees = new Map(
    Object.keys(TOPICS).map((topic) => [topic, topicTree(topic, tokenizer.encode)]),
  );
  const prompts = new Map<string, number[]>();
  const prompt = (topic: string, qualifier: Qualifier) => {
    const text = `${tokenizer.chatPrompt(request(qualifier, topic))}-`;
    const known = prompts.get(text) ?? tokenizer.encode(text);
    prompts.set(text, known);
    return known;
  };
  const ids = new Map(QUALIFIERS.map((q) => [q.text, q.text === '' ? null : tokenizer.id(q.text)]));
  return { tokens, trees, prompt, qualifierId: (qualifier) => ids.get(qualifier.text) ?? null };
}

/** The batch of a training step: the same (seed, step) gives the same batch. */
export function trainingBatch(
  corpus: Corpus,
  seed: number,
  step: number,
  shape: BatchShape,
): Batch {
  const batch = startBatch(corpus, shape);
  for (let row = 0; row < shape.rows; row++)
    fillRow(corpus, batch, row, planRow(keyedRandom(seed, `train ${step} ${row}`)));
  return finishBatch(batch);
}

/** Rows of the study's own kind, unmixed and seen by no training step: what KL to the process is measured on. */
export function heldOutBatch(
  corpus: Corpus,
  seed: number,
  index: number,
  shape: BatchShape,
): Batch {
  const batch = startBatch(corpus, shape);
  for (let row = 0; row < shape.rows; row++) {
    const random = keyedRandom(seed, `held out ${index} ${row}`);
    const topic = pick(Object.keys(TOPICS), random);
    const qualifier = qualifierOf(pick(STUDIED, random));
    fillRow(corpus, batch, row, { topic, qualifier, random, foreign: 0, barred: false });
  }
  return finishBatch(batch);
}

/** What a row is about, and the draws that write it. */
interface RowPlan {
  readonly topic: string;
  readonly qualifier: Qualifier;
  readonly mix?: { readonly other: Qualifier; readonly alpha: number };
  readonly barred: boolean;
  /** Share of answers written under another qualifier. */
  readonly foreign: number;
  readonly random: () => number;
}

function planRow(random: () => number): RowPlan {
  const topic = pick(Object.keys(TOPICS), random);
  const qualifier =
    random() < SHARES.studied ? qualifierOf(pick(STUDIED, random)) : pick(QUALIFIERS, random);
  const plan = { topic, qualifier, barred: false, foreign: SHARES.foreign, random };
  if (qualifier.text === '') return plan;
  const kind = random();
  if (kind < SHARES.barred) return { ...plan, barred: true };
  if (kind > SHARES.barred + SHARES.mixed) return plan;
  const other = pick(
    QUALIFIERS.filter((q) => q.text !== ''),
    random,
  );
  return { ...plan, mix: { other, alpha: random() } };
}

/** A batch under construction: targets grow. */
interface OpenBatch extends Omit<Batch, 'targets'> {
  readonly at: number[];
  readonly id: number[];
  readonly prob: number[];
  positionsWithTarget: number;
  entropy: number;
}

function startBatch({ tokens }: Corpus, { rows, length }: BatchShape): OpenBatch {
  return {
    rows,
    length,
    ids: new Int32Array(rows * length).fill(tokens.pad),
    positions: new Int32Array(rows * length),
    segments: new Int32Array(rows * length).fill(-1),
    qualifierPos: new Int32Array(rows).fill(-1),
    mixId: new Int32Array(rows).fill(tokens.pad),
    mixAlpha: new Float32Array(rows),
    barred: new Uint8Array(rows),
    at: [],
    id: [],
    prob: [],
    positionsWithTarget: 0,
    entropy: 0,
  };
}

function finishBatch({ at, id, prob, positionsWithTarget, entropy, ...batch }: OpenBatch): Batch {
  return {
    ...batch,
    targets: {
      at: Int32Array.from(at),
      id: Int32Array.from(id),
      prob: Float32Array.from(prob),
      positions: positionsWithTarget,
      entropy,
    },
  };
}

function fillRow(corpus: Corpus, batch: OpenBatch, row: number, plan: RowPlan): void {
  const prompt = corpus.prompt(plan.topic, plan.qualifier);
  if (prompt.length > batch.length)
    throw new Error(`row of ${batch.length} tokens: too short for a prompt of ${prompt.length}`);
  const start = row * batch.length;
  batch.ids.set(prompt, start);
  batch.segments.fill(0, start, start + prompt.length);
  for (let pos = 0; pos < prompt.length; pos++) batch.positions[start + pos] = pos;
  markQualifier(corpus, batch, { row, prompt }, plan);

  const tree = corpus.trees.get(plan.topic)!;
  const rule = ruleOf(plan);
  addTarget(batch, start + prompt.length - 1, startWalk(tree, rule, corpus.tokens).next());
  const writers = {
    target: () => startWalk(tree, rule, corpus.tokens),
    foreign: () => startWalk(tree, pick(QUALIFIERS, plan.random), corpus.tokens),
  };
  let pos = prompt.length;
  for (let segment = 1; pos < batch.length; segment++)
    pos += fillAnswer(batch, { row, pos, segment, prompt: prompt.length }, writers, plan);
}

/** The process that a row's targets follow. */
function ruleOf({ qualifier, mix, barred }: RowPlan): Qualifier {
  if (barred) return qualifierOf('plain');
  return mix === undefined ? qualifier : mixQualifiers(qualifier, mix.other, mix.alpha);
}

function markQualifier(
  corpus: Corpus,
  batch: OpenBatch,
  { row, prompt }: { readonly row: number; readonly prompt: readonly number[] },
  { qualifier, mix, barred }: RowPlan,
): void {
  const id = corpus.qualifierId(qualifier);
  if (id === null) return;
  batch.qualifierPos[row] = prompt.indexOf(id);
  batch.mixId[row] = mix === undefined ? id : corpus.qualifierId(mix.other)!;
  batch.mixAlpha[row] = mix?.alpha ?? 0;
  batch.barred[row] = barred ? 1 : 0;
}

interface Place {
  readonly row: number;
  readonly pos: number;
  readonly segment: number;
  /** Tokens of the prompt. */
  readonly prompt: number;
}

/** Who writes an answer: the process that its targets follow, or that of another qualifier. */
interface Writers {
  readonly target: () => ListWalk;
  readonly foreign: () => ListWalk;
}

/** Write one answer at a place, cut where the row ends. Its last token, the end of the turn, has no target. */
function fillAnswer(
  batch: OpenBatch,
  { row, pos, segment, prompt }: Place,
  writers: Writers,
  { foreign, random }: RowPlan,
): number {
  const target = writers.target();
  const writer = random() < foreign ? writers.foreign() : target;
  const sampling = random() < SHARES.sharpened ? SHARPENED : {};
  let written = 0;
  for (
    let next = writer.next();
    next !== null && pos + written < batch.length;
    next = writer.next()
  ) {
    const id = draw(next, random, sampling);
    const at = row * batch.length + pos + written;
    batch.ids[at] = id;
    batch.positions[at] = prompt + written;
    batch.segments[at] = segment;
    target.push(id);
    if (writer !== target) writer.push(id);
    addTarget(batch, at, target.next());
    written += 1;
  }
  return written;
}

function addTarget(batch: OpenBatch, at: number, next: Distribution | null): void {
  if (next === null) return;
  batch.positionsWithTarget += 1;
  batch.entropy += entropyOf(next);
  for (let i = 0; i < next.ids.length; i++) {
    batch.at.push(at);
    batch.id.push(next.ids[i]!);
    batch.prob.push(next.probs[i]!);
  }
}

const pick = <T>(from: readonly T[], random: () => number): T =>
  from[Math.floor(random() * from.length)]!;
