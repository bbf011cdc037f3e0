import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawToken, type ListWalk } from '../../pipeline/miniature/process.ts';
import { probabilityOf } from '../../pipeline/stats/distribution.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { assertNear, itemTokens, sum, TOPIC_NAMES, tokens, walkOf } from './miniature.ts';
import { colors, lines, ONE_TOKEN_TOPIC, options, push } from './walks.ts';

const { hyphen, newline } = tokens;

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
