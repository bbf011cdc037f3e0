import { addTarget, type BatchBuilder } from './batch.ts';
import type { Corpus } from './corpus.ts';
import { drawToken, type ListWalk, startWalk } from './process.ts';
import { QUALIFIERS } from './qualifiers.ts';
import { pick, type RowPlan, SHARES, targetQualifier } from './row-plan.ts';

/** The study's sampling settings. */
const STUDY_SAMPLING = { temperature: 0.8, topP: 0.9 };

/** Fill one row with a prompt and answers. @throws if the row is too short for the prompt */
export function fillRow(corpus: Corpus, batch: BatchBuilder, row: number, plan: RowPlan): void {
  const prompt = corpus.prompt(plan.topic, plan.qualifier);
  writePrompt(batch, row, prompt);
  writeQualifier(corpus, batch, { row, prompt }, plan);
  const tree = corpus.trees.get(plan.topic)!;
  const startTarget = () => startWalk(tree, targetQualifier(plan), corpus.tokens);
  const startOther = () => startWalk(tree, pick(QUALIFIERS, plan.random), corpus.tokens);
  addTarget(batch, row * batch.length + prompt.length - 1, startTarget().next());
  let pos = prompt.length;
  for (let segment = 1; pos < batch.length; segment++) {
    const slot = { row, pos, segment, promptLength: prompt.length };
    pos += fillAnswer(batch, slot, { startTarget, startOther }, plan);
  }
}

function writePrompt(batch: BatchBuilder, row: number, prompt: readonly number[]): void {
  if (prompt.length > batch.length)
    throw new Error(`row of ${batch.length} tokens: too short for a prompt of ${prompt.length}`);
  const start = row * batch.length;
  batch.ids.set(prompt, start);
  batch.segments.fill(0, start, start + prompt.length);
  for (let pos = 0; pos < prompt.length; pos++) batch.positions[start + pos] = pos;
}

function writeQualifier(
  corpus: Corpus,
  batch: BatchBuilder,
  { row, prompt }: { readonly row: number; readonly prompt: readonly number[] },
  { qualifier, mix, masked }: RowPlan,
): void {
  const id = corpus.qualifierId(qualifier);
  if (id === null) return;
  batch.qualifierPos[row] = prompt.indexOf(id);
  batch.mixId[row] = mix === undefined ? id : corpus.qualifierId(mix.other)!;
  batch.mixAlpha[row] = mix?.alpha ?? 0;
  batch.qualifierMasked[row] = masked ? 1 : 0;
}

/** Where an answer is written. */
interface AnswerSlot {
  readonly row: number;
  /** Position of its first token in the row. */
  readonly pos: number;
  readonly segment: number;
  readonly promptLength: number;
}

/** The processes of an answer: the one that the targets follow, and one with a random qualifier. */
interface Walks {
  readonly startTarget: () => ListWalk;
  readonly startOther: () => ListWalk;
}

/**
 * Write one answer, cut off where the row ends. Its last token, the end of the turn, has no target.
 * @returns the number of tokens written
 */
function fillAnswer(
  batch: BatchBuilder,
  { row, pos, segment, promptLength }: AnswerSlot,
  { startTarget, startOther }: Walks,
  { otherQualifier, random }: RowPlan,
): number {
  const target = startTarget();
  const writer = random() < otherQualifier ? startOther() : target;
  const sampling = random() < SHARES.studySampling ? STUDY_SAMPLING : {};
  let written = 0;
  let next = writer.next();
  while (next !== null && pos + written < batch.length) {
    const id = drawToken(next, random, sampling);
    const position = row * batch.length + pos + written;
    batch.ids[position] = id;
    batch.positions[position] = promptLength + written;
    batch.segments[position] = segment;
    target.push(id);
    if (writer !== target) writer.push(id);
    addTarget(batch, position, target.next());
    written += 1;
    next = writer.next();
  }
  return written;
}
