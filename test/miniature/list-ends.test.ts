import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ListWalk,
  P_BLANK_AGAIN,
  P_END_AFTER_BLANK,
} from '../../pipeline/miniature/process.ts';
import { QUALIFIERS, type Qualifier, qualifierOf } from '../../pipeline/miniature/qualifiers.ts';
import { isClosing } from '../../pipeline/miniature/topics.ts';
import { probabilityOf } from '../../pipeline/stats/distribution.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { assertNear, tokens, walkOf } from './miniature.ts';
import { colors, lines, ONE_TOKEN_TOPIC, options, push } from './walks.ts';

const { hyphen, newline, blank, endOfTurn } = tokens;

/** Enough ranks, none of which closes lists. */
const OPEN_RANKS = colors.map((_, rank) => rank).filter((rank) => !isClosing(rank));
const CLOSING_RANK = colors.findIndex((_, rank) => isClosing(rank));

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

for (const { name } of QUALIFIERS)
  test(`a list that has used every item ends: ${name}`, () => {
    const everything = lines(colors.map((_, rank) => rank));
    const bare = push(walkOf(ONE_TOKEN_TOPIC, name), [...everything, newline]);
    assertNear(probabilityOf(bare.next()!, endOfTurn), 1, 1e-9);
    const shown = push(walkOf(ONE_TOKEN_TOPIC, name), [...everything, blank, newline]);
    assert.deepEqual(options(shown.next()), { '<end_of_turn>': 1 });
  });
