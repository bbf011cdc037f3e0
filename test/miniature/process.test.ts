import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distributions,
  drawToken,
  type ListWalk,
  P_BLANK_AGAIN,
  P_END_AFTER_BLANK,
  topPDistribution,
  writeList,
} from '../../pipeline/miniature/process.ts';
import { QUALIFIERS, type Qualifier, qualifierOf } from '../../pipeline/miniature/qualifiers.ts';
import { isClosing } from '../../pipeline/miniature/topics.ts';
import { type Distribution, entropyOf, probabilityOf } from '../../pipeline/stats/distribution.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import {
  assertNear,
  itemTokens,
  sum,
  TOPIC_NAMES,
  tokenizer,
  tokens,
  walkOf,
} from './miniature.ts';

const { hyphen, newline, blank, endOfTurn } = tokens;

/** Every item of it is one token, so that a line is easily written by rank. */
const ONE_TOKEN_TOPIC = 'Colors';
const colors = itemTokens(ONE_TOKEN_TOPIC).map(([id]) => id!);

const push = (walk: ListWalk, ids: readonly number[]) => {
  for (const id of ids) walk.push(id);
  return walk;
};

/** Tokens of lines, the hyphens between them included, up to the last item. */
const lines = (ranks: readonly number[]): number[] =>
  ranks.flatMap((rank, i) => (i === 0 ? [colors[rank]!] : [newline, hyphen, colors[rank]!]));

/** Probabilities of what may come next, by token text. */
const options = (next: Distribution | null): Record<string, number> | null =>
  next === null
    ? null
    : Object.fromEntries([...next.ids].map((id, i) => [tokenizer.token(id), next.probs[i]!]));

/** Enough ranks, none of which closes lists. */
const OPEN_RANKS = colors.map((_, rank) => rank).filter((rank) => !isClosing(rank));
const CLOSING_RANK = colors.findIndex((_, rank) => isClosing(rank));

test('every distribution sums to 1 and holds only positive probabilities', () => {
  for (const topic of TOPIC_NAMES)
    for (const qualifier of QUALIFIERS) {
      const random = keyedRandom(3, `${topic} ${qualifier.name}`);
      const answer = writeList(walkOf(topic, qualifier), random);
      for (const next of distributions(walkOf(topic, qualifier), answer).slice(0, -1)) {
        assertNear(sum(next!.probs), 1, 1e-12, topic);
        assert.ok(next!.probs.every((p) => p > 0));
        assert.equal(new Set(next!.ids).size, next!.ids.length);
      }
    }
});

test('items are drawn without replacement, by weight, whatever tokens they share', () => {
  for (const topic of TOPIC_NAMES) {
    const left = new Map(itemTokens(topic).map((ids, rank) => [rank, ids]));
    const walk = walkOf(topic, 'long');
    const random = keyedRandom(4, topic);
    while (left.size > 0) {
      const rank = writeItem(walk, left, random);
      left.delete(rank);
      if (left.size > 0) push(walk, [newline, hyphen]);
    }
  }
});

/** Write an item token by token, comparing what is offered with the weights of the items left. */
function writeItem(
  walk: ListWalk,
  left: ReadonlyMap<number, readonly number[]>,
  random: () => number,
): number {
  const written: number[] = [];
  for (;;) {
    const fits = [...left].filter(([, ids]) => written.every((id, i) => id === ids[i]));
    const done = fits.find(([, ids]) => ids.length === written.length);
    if (done) return done[0];
    const mass = new Map<number, number>();
    for (const [rank, ids] of fits) {
      const id = ids[written.length]!;
      mass.set(id, (mass.get(id) ?? 0) + (rank + 8) ** -0.8);
    }
    const total = sum([...mass.values()]);
    const next = walk.next()!;
    assert.deepEqual([...next.ids].sort(), [...mass.keys()].sort());
    for (const [id, m] of mass) assertNear(probabilityOf(next, id), m / total, 1e-12);
    written.push(drawToken(next, random));
    walk.push(written.at(-1)!);
  }
}

test('an item written again counts as a line, and only as that', () => {
  const again = push(walkOf(ONE_TOKEN_TOPIC, 'short'), lines([0, 1, 0]));
  const fresh = push(walkOf(ONE_TOKEN_TOPIC, 'short'), lines([0, 1, 2]));
  assert.deepEqual(options(again.next()), options(fresh.next()));
  push(again, [newline, hyphen]);
  assert.equal(again.next()!.ids.length, colors.length - 2);
  assert.equal(probabilityOf(again.next()!, colors[2]!) > 0, true);
});

test('where only used items go on, the list repeats one of them', () => {
  const topic = 'Types of Flowers';
  const [rank, ids] = itemTokens(topic)
    .map((ids, rank) => [rank, ids] as const)
    .find(
      ([, ids], _, all) => ids.length > 1 && all.filter(([, o]) => o[0] === ids[0]).length < 2,
    )!;
  const walk = push(walkOf(topic, 'long'), [...ids, newline, hyphen]);
  assert.equal(probabilityOf(walk.next()!, ids[0]!), 0, `rank ${rank} is offered again`);
  walk.push(ids[0]!);
  assert.deepEqual([...walk.next()!.ids], [ids[1]]);
});

/** The rule's two causes, acted out: the qualifier may stop the list, else a closing item may. */
function simulateStop(q: Qualifier, items: number, closing: boolean, random: () => number) {
  const onset = 1 / (1 + Math.exp(-q.slope * (items - q.k0)));
  if (random() < q.hmax * onset) return { stopped: true, blank: random() < q.pBlank };
  const cue = closing && items >= 3 ? 0.08 + (q.cue - 0.08) * onset : 0;
  if (random() < cue) return { stopped: true, blank: random() < 0.95 };
  return { stopped: false, blank: false };
}

for (const name of ['short', 'medium', 'long', 'plain'])
  for (const closing of [false, true])
    test(`stopping follows the two causes, and a bare newline is read by Bayes: ${name}, ${closing ? 'a closing' : 'an open'} item`, () => {
      const q = qualifierOf(name);
      for (const items of [1, 3, 10, 30]) {
        const random = keyedRandom(5, `${name} ${closing} ${items}`);
        const draws = Array.from({ length: 20000 }, () => simulateStop(q, items, closing, random));
        const bare = draws.filter((d) => !d.blank);
        const ended = bare.filter((d) => d.stopped).length / bare.length;
        const last = closing ? CLOSING_RANK : OPEN_RANKS.at(-1)!;
        const walk = push(walkOf(ONE_TOKEN_TOPIC, q), [
          ...lines([...OPEN_RANKS.slice(0, items - 1), last]),
        ]);
        const pBlank = probabilityOf(walk.next()!, blank);
        assertNear(pBlank, 1 - bare.length / draws.length, deviation(pBlank, draws.length));
        assertNear(probabilityOf(walk.next()!, newline), 1 - pBlank, 1e-12);
        walk.push(newline);
        const pEnd = probabilityOf(walk.next()!, endOfTurn);
        assertNear(pEnd, ended, deviation(pEnd, bare.length));
        assertNear(probabilityOf(walk.next()!, hyphen), 1 - pEnd, 1e-12);
      }
    });

/** Four standard errors of a share, never quite zero. */
const deviation = (p: number, n: number) => 4 * Math.sqrt(Math.max(p * (1 - p), 1e-3) / n);

test('after a blank comes a newline, then mostly the end; one more item ends it', () => {
  for (const { name } of QUALIFIERS) {
    const walk = push(walkOf(ONE_TOKEN_TOPIC, name), [...lines([0, 1, 2]), blank]);
    assert.deepEqual(options(walk.next()), { '\n': 1 });
    walk.push(newline);
    assertOptions(walk, { '<end_of_turn>': P_END_AFTER_BLANK, '-': 1 - P_END_AFTER_BLANK });
    push(walk, [hyphen, colors[3]!]);
    assertOptions(walk, { ' ': P_BLANK_AGAIN, '\n': 1 - P_BLANK_AGAIN });
    walk.push(newline);
    assertOptions(walk, { '<end_of_turn>': 1 });
  }
});

function assertOptions(walk: ListWalk, expected: Record<string, number>): void {
  const found = options(walk.next())!;
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
  for (const [text, p] of Object.entries(expected)) assertNear(found[text]!, p, 1e-12, text);
}

/** Each is an answer that the process could not have written, by where it leaves. */
const LEAVING: Record<string, readonly number[]> = {
  'no item': [hyphen],
  'an item of another topic': [tokenizer.id(' London')],
  'a hyphen right after an item': [...lines([0]), hyphen],
  'two items on a line': [...lines([0]), colors[1]!],
  'two blanks': [...lines([0]), blank, blank],
  'the end after a blank': [...lines([0]), blank, endOfTurn],
  'an item without a hyphen': [...lines([0]), newline, colors[1]!],
  'an empty line': [...lines([0]), newline, newline],
};

for (const [name, answer] of Object.entries(LEAVING))
  test(`nothing follows where a list leaves the process: ${name}`, () => {
    const rest = [newline, hyphen, colors[2]!, newline];
    const all = distributions(walkOf(ONE_TOKEN_TOPIC, 'short'), [...answer, ...rest]);
    assert.equal(all.length, answer.length + rest.length + 1);
    const left = all.map((next) => next === null);
    assert.deepEqual(
      left,
      all.map((_, i) => i >= answer.length),
    );
  });

test('nothing follows the end of the turn', () => {
  const answer = [...lines([0]), newline, endOfTurn, hyphen, colors[1]!];
  const all = distributions(walkOf(ONE_TOKEN_TOPIC, 'short'), answer);
  assert.deepEqual(
    all.map((next) => next === null),
    [false, false, false, true, true, true],
  );
});

for (const { name } of QUALIFIERS)
  test(`a list that has used every item ends: ${name}`, () => {
    const everything = lines(colors.map((_, rank) => rank));
    const bare = push(walkOf(ONE_TOKEN_TOPIC, name), [...everything, newline]);
    assertNear(probabilityOf(bare.next()!, endOfTurn), 1, 1e-9);
    const shown = push(walkOf(ONE_TOKEN_TOPIC, name), [...everything, blank, newline]);
    assert.deepEqual(options(shown.next()), { '<end_of_turn>': 1 });
  });

test('a nucleus at a temperature is what the definition gives', () => {
  const random = keyedRandom(6, 'nucleus');
  for (let n = 1; n <= 40; n++) {
    const heat = Array.from({ length: n }, () => random() ** 4);
    const next = distributionOf(heat.map((h) => h / sum(heat)));
    for (const temperature of [0.1, 0.8, 1, 1.3])
      for (const topP of [0.3, 0.9, 1]) {
        const found = topPDistribution(next, temperature, topP);
        const expected = nucleusByDefinition(next, temperature, topP);
        for (const id of next.ids)
          assertNear(probabilityOf(found, id), expected.get(id) ?? 0, 1e-12);
      }
  }
});

test('tokens of equal probability enter a nucleus together', () => {
  const found = topPDistribution(distributionOf([0.2, 0.4, 0.2, 0.2]), 1, 0.5);
  assert.deepEqual([...found.ids], [0, 1, 2, 3]);
  assert.deepEqual([...topPDistribution(distributionOf([0.2, 0.4, 0.2, 0.2]), 1, 0.3).ids], [1]);
});

test('near 0 the likeliest tokens alone are kept, however small the powers get', () => {
  const next = distributionOf([0.2, 0.3, 0.2, 0.3]);
  for (const temperature of [1e-2, 1e-4, 1e-6, 1e-12, 1e-30])
    for (const topP of [1e-30, 0.9, 1]) {
      const { ids, probs } = topPDistribution(next, temperature, topP);
      const likely = [...ids].map((id, i) => [id, probs[i]] as const).filter(([, p]) => p! > 0);
      assert.deepEqual(likely.slice(0, 2), [
        [1, 0.5],
        [3, 0.5],
      ]);
      assert.ok(sum(likely.slice(2).map(([, p]) => p!)) < 1e-9);
    }
  const unlikely = topPDistribution(distributionOf([1e-250, 2e-250]), 1e-6, 0.9);
  assert.deepEqual([[...unlikely.ids], [...unlikely.probs]], [[1], [1]]);
});

const distributionOf = (probs: readonly number[]): Distribution => ({
  ids: Int32Array.from(probs.keys()),
  probs: Float64Array.from(probs),
});

/** softmax(log p / T), then the likeliest tokens until they hold topP. */
function nucleusByDefinition({ ids, probs }: Distribution, temperature: number, topP: number) {
  const heat = probs.map((p) => Math.exp(Math.log(p) / temperature));
  const ranked = [...ids]
    .map((id, i) => ({ id, p: heat[i]! / sum(heat) }))
    .sort((a, b) => b.p - a.p);
  let mass = 0;
  const kept = ranked.filter(({ p }) => {
    const open = mass < topP;
    mass += p;
    return open;
  });
  const total = sum(kept.map(({ p }) => p));
  return new Map(kept.map(({ id, p }) => [id, p / total]));
}

test('a token is drawn as often as its probability says, at a temperature too', () => {
  const next = distributionOf([0.5, 0.25, 0.15, 0.1]);
  for (const sampling of [{}, { temperature: 0.8, topP: 0.85 }]) {
    const expected = nucleusByDefinition(next, sampling.temperature ?? 1, sampling.topP ?? 1);
    const drawn = Array.from({ length: 1000 }, (_, i) =>
      drawToken(next, () => (i + 0.5) / 1000, sampling),
    );
    for (const id of next.ids)
      assertNear(
        drawn.filter((d) => d === id).length / 1000,
        expected.get(id) ?? 0,
        0.0011,
        `token ${id}`,
      );
  }
});

test('entropy in nats, and no probability for what cannot come', () => {
  assertNear(entropyOf(distributionOf([0.25, 0.25, 0.25, 0.25])), Math.log(4), 1e-12);
  assert.equal(entropyOf(distributionOf([1])), 0);
  assert.equal(probabilityOf(distributionOf([0.5, 0.5]), 7), 0);
});

/** What the miniature is made to show at the study's sampling: mean items, and share of blanks before the end. */
const INTENDED = {
  short: { items: [4, 6], blanks: [0.85, 1] },
  long: { items: [27, 33], blanks: [0, 0.1] },
  plain: { items: [8.5, 11.5], blanks: [0.2, 0.5] },
} as const;

for (const [name, intended] of Object.entries(INTENDED))
  test(`lists have the intended length and blanks at the study's sampling: ${name}`, () => {
    const lists = TOPIC_NAMES.flatMap((topic) =>
      Array.from({ length: 20 }, (_, i) => {
        const random = keyedRandom(7, `${name} ${topic} ${i}`);
        return writeList(walkOf(topic, name), random, { temperature: 0.8, topP: 0.9 });
      }),
    );
    const items = lists.map((list) => list.filter((id) => id === newline).length);
    assertWithin(sum(items) / lists.length, intended.items);
    const blanks = lists.filter((list) => list.at(-3) === blank).length;
    assertWithin(blanks / lists.length, intended.blanks);
    assert.ok(lists.every((list) => list.at(-1) === endOfTurn && list.at(-2) === newline));
  });

const assertWithin = (x: number, [low, high]: readonly [number, number]) =>
  assert.ok(low <= x && x <= high, `${x} is outside [${low}, ${high}]`);
