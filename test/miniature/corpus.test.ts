import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Targets } from '../../pipeline/miniature/batch.ts';
import { distributions } from '../../pipeline/miniature/process.ts';
import { mixQualifiers, QUALIFIERS, qualifierOf } from '../../pipeline/miniature/qualifiers.ts';
import { SHARES } from '../../pipeline/miniature/row-plan.ts';
import { heldOutBatch, trainingBatch } from '../../pipeline/miniature/training-batch.ts';
import { type Distribution, entropyOf } from '../../pipeline/stats/distribution.ts';
import { assertNear, corpus, sum, TOPIC_NAMES, tokenizer, tokens, walkOf } from './miniature.ts';

const SHAPE = { rows: 8, length: 120 };
const SEED = 1;
const training = Array.from({ length: 12 }, (_, i) => trainingBatch(corpus, SEED, i + 1, SHAPE));
const heldOut = Array.from({ length: 4 }, (_, i) => heldOutBatch(corpus, SEED, i, SHAPE));
const all = [...training, ...heldOut];

/** One row of a batch, read back from its arrays. */
interface RowView {
  readonly batch: Batch;
  /** Flat position of the row's first token. */
  readonly start: number;
  readonly topic: string;
  /** Whose word is in the prompt. */
  readonly qualifier: string;
  /** Tokens of the prompt. */
  readonly prompt: number;
  /** [answer]: flat positions of its tokens. */
  readonly answers: readonly (readonly number[])[];
  readonly row: number;
}

const PROMPTS = new Map(
  TOPIC_NAMES.flatMap((topic) =>
    QUALIFIERS.map((q) => [corpus.prompt(topic, q).join(), { topic, qualifier: q.name }] as const),
  ),
);

function rowsOf(batch: Batch): RowView[] {
  return Array.from({ length: batch.rows }, (_, row) => {
    const start = row * batch.length;
    const flat = Array.from({ length: batch.length }, (_, i) => start + i);
    const bySegment = Map.groupBy(flat, (at) => batch.segments[at]!);
    const prompt = bySegment.get(0)!;
    bySegment.delete(0);
    const known = PROMPTS.get(prompt.map((at) => batch.ids[at]).join())!;
    return {
      ...{ batch, row, start, prompt: prompt.length },
      answers: [...bySegment.values()],
      ...known,
    };
  });
}

/** [flat position]: its target. */
function targetsByPosition({ position: at, id, prob }: Targets): Map<number, Distribution> {
  const entries = Map.groupBy(at.keys(), (i) => at[i]!);
  return new Map(
    [...entries].map(([pos, is]) => [
      pos,
      {
        ids: Int32Array.from(is, (i) => id[i]!),
        probs: Float64Array.from(is, (i) => prob[i]!),
      },
    ]),
  );
}

test('a batch is made by its seed and step, and by nothing else', () => {
  trainingBatch(corpus, 2, 77, SHAPE);
  assert.deepEqual(trainingBatch(corpus, SEED, 1, SHAPE), training[0]);
  assert.deepEqual(heldOutBatch(corpus, SEED, 0, SHAPE), heldOut[0]);
  const others = [
    ...all,
    trainingBatch(corpus, SEED + 1, 1, SHAPE),
    heldOutBatch(corpus, SEED + 1, 0, SHAPE),
  ];
  assert.equal(new Set(others.map(({ ids }) => ids.join())).size, others.length);
});

test('a row is a prompt and answers that go on from its positions, to the last token', () => {
  for (const { batch, start, prompt, topic, answers } of all.flatMap(rowsOf)) {
    assert.ok(topic, 'the prompt is one of the corpus');
    const segments = batch.segments.slice(start, start + batch.length);
    assert.ok(
      segments.every((segment, i) => i === 0 || [0, 1].includes(segment - segments[i - 1]!)),
    );
    assert.equal(segments[0], 0);
    const positions = [...batch.positions.slice(start, start + prompt)];
    assert.deepEqual(positions, [...positions.keys()]);
    for (const answer of answers)
      answer.forEach((at, i) => {
        assert.equal(batch.positions[at], prompt + i);
      });
  }
});

test('every answer but the last of a row ends, once', () => {
  for (const { batch, answers } of all.flatMap(rowsOf))
    for (const [i, answer] of answers.entries()) {
      const end = answer.map((at) => batch.ids[at]).indexOf(tokens.endOfTurn);
      if (i < answers.length - 1 || end >= 0) assert.equal(end, answer.length - 1);
    }
});

test('the qualifier is found where the prompt has it', () => {
  for (const { batch, row, start, qualifier } of all.flatMap(rowsOf)) {
    const pos = batch.qualifierPos[row]!;
    if (qualifier === 'plain') {
      assert.deepEqual([pos, batch.mixAlpha[row], batch.qualifierMasked[row]], [-1, 0, 0]);
      continue;
    }
    assert.equal(tokenizer.token(batch.ids[start + pos]!), ` ${qualifier}`);
    if (batch.mixAlpha[row] === 0) assert.equal(batch.mixId[row], batch.ids[start + pos]);
  }
});

test('targets are distributions, one a position, and their entropies add up', () => {
  for (const { targets } of all) {
    const byPosition = targetsByPosition(targets);
    assert.equal(byPosition.size, targets.positions);
    // lossFeeds relies on this order.
    assert.ok(targets.position.every((pos, i) => i === 0 || pos >= targets.position[i - 1]!));
    const each = [...byPosition.values()];
    for (const { ids, probs } of each) {
      assertNear(sum(probs), 1, 1e-6);
      assert.equal(new Set(ids).size, ids.length);
    }
    assertNear(targets.entropy, sum(each.map(entropyOf)), 1e-3);
  }
});

test('targets stand at the last token of a prompt and at every token of an answer but its end', () => {
  for (const batch of all) {
    const expected = rowsOf(batch).flatMap(({ start, prompt, answers }) => [
      start + prompt - 1,
      ...answers.flat().filter((at) => batch.ids[at] !== tokens.endOfTurn),
    ]);
    assert.deepEqual([...targetsByPosition(batch.targets).keys()], expected);
  }
});

/** The process that a row should be held to, read from what the model sees of it. */
function ruleOf({ batch, row, qualifier }: RowView) {
  if (batch.qualifierMasked[row]) return qualifierOf('plain');
  if (batch.mixAlpha[row] === 0) return qualifierOf(qualifier);
  const other = QUALIFIERS.find((q) => corpus.qualifierId(q) === batch.mixId[row])!;
  return mixQualifiers(qualifierOf(qualifier), other, batch.mixAlpha[row]!);
}

const KINDS: Record<string, (view: RowView) => boolean> = {
  masked: ({ batch, row }) => batch.qualifierMasked[row] === 1,
  mixed: ({ batch, row }) => batch.mixAlpha[row]! > 0,
  other: ({ batch, row }) => batch.qualifierMasked[row] === 0 && batch.mixAlpha[row] === 0,
};

for (const [kind, isOfKind] of Object.entries(KINDS))
  test(`targets are those of the row's own process: ${kind} rows`, () => {
    const rows = all.flatMap(rowsOf).filter(isOfKind);
    assert.ok(rows.length >= 5, `${rows.length} rows`);
    for (const view of rows) {
      const { batch, answers, topic, start, prompt } = view;
      const found = targetsByPosition(batch.targets);
      for (const answer of answers) {
        const ids = answer.map((at) => batch.ids[at]!);
        const expected = distributions(walkOf(topic, ruleOf(view)), ids);
        [start + prompt - 1, ...answer].forEach((at, i) => {
          assertSame(found.get(at), expected[i]!);
        });
      }
    }
  });

function assertSame(found: Distribution | undefined, expected: Distribution | null): void {
  assert.deepEqual(found?.ids, expected?.ids);
  expected?.probs.forEach((p, i) => {
    assertNear(found!.probs[i]!, p, 1e-6);
  });
}

test('a mixture has a share of each of two qualifiers', () => {
  const mixed = training.flatMap(rowsOf).filter(KINDS.mixed!);
  for (const { batch, row } of mixed) {
    const alpha = batch.mixAlpha[row]!;
    assert.ok(alpha > 0 && alpha < 1);
    assert.equal(batch.qualifierMasked[row], 0);
    assert.ok(QUALIFIERS.some((q) => corpus.qualifierId(q) === batch.mixId[row]));
  }
});

test("held-out rows are the study's own: nothing mixed or masked", () => {
  for (const view of heldOut.flatMap(rowsOf)) {
    assert.ok(KINDS.other!(view));
    assert.ok(['short', 'long', 'plain'].includes(view.qualifier));
  }
});

test('rows come in the shares that were asked for', () => {
  const views = Array.from({ length: 150 }, (_, i) =>
    trainingBatch(corpus, 3, i, { rows: 8, length: 34 }),
  ).flatMap(rowsOf);
  const qualified = views.filter(({ qualifier }) => qualifier !== 'plain');
  assertShare(qualified, KINDS.masked!, SHARES.masked);
  assertShare(qualified, KINDS.mixed!, SHARES.mixed);
  const [studied, any] = [
    SHARES.studyQualifiers / 3,
    (1 - SHARES.studyQualifiers) / QUALIFIERS.length,
  ];
  for (const { name } of QUALIFIERS)
    assertShare(
      views,
      ({ qualifier }) => qualifier === name,
      any + (['short', 'long', 'plain'].includes(name) ? studied : 0),
    );
  for (const name of TOPIC_NAMES)
    assertShare(views, ({ topic }) => topic === name, 1 / TOPIC_NAMES.length);
});

/** Within four standard errors. */
function assertShare<T>(of: readonly T[], is: (x: T) => boolean, expected: number): void {
  const tol = 4 * Math.sqrt((expected * (1 - expected)) / of.length);
  assertNear(of.filter(is).length / of.length, expected, tol);
}

test('a row too short for its prompt is refused', () => {
  assert.throws(
    () => trainingBatch(corpus, SEED, 1, { rows: 1, length: 20 }),
    /^Error: row of 20 tokens: too short for a prompt of 3\d$/,
  );
});
