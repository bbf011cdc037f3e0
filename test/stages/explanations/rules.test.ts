import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describe, splitByTopic } from '../../../pipeline/stages/explanations/described.ts';
import { chooseRule, fitRule, tokenAuc } from '../../../pipeline/stages/explanations/rules.ts';
import { windowsOf } from '../../../pipeline/stages/explanations/windows.ts';
import { listRow } from '../lists.ts';
import { actsWhere, described, never, onRed, onThird, TOPICS, tokensOf } from './material.ts';

suite('rules', () => {
  test('a feature that fires on a token has its token, one on a place its place', () => {
    assert.equal(chooseRule(described, onRed), 'token');
    assert.equal(chooseRule(described, onThird), 'place');
    assert.equal(
      chooseRule(
        described,
        actsWhere(({ kind }) => (kind === 'item' ? 1 : 0)),
      ),
      'kind',
    );
    const afterMarker = actsWhere(({ token, kind }) =>
      token === ' red' && kind === 'item' ? 1 : 0,
    );
    assert.equal(chooseRule(described, afterMarker), 'token and kind');
    assert.equal(chooseRule(described, never), null);
  });

  test('only training topics choose', () => {
    const heldOut = new Set(described.positions['held out']);
    const hidden = onThird.map((act, i) => (heldOut.has(i) ? 0 : act));
    const shown = onRed.map((act, i) => (heldOut.has(i) ? act : hidden[i]!));
    assert.equal(chooseRule(described, shown), 'place');
    const ofThird = fitRule('place', described, shown, described.training);
    assert.ok(tokenAuc(ofThird, shown, described.positions['held out'])! < 0.9);
  });

  test('one topic to train on is not enough to choose by: the simplest rule is taken', () => {
    const two = splitByTopic(TOPICS.slice(0, 2).map((topic) => listRow(topic, 0)));
    const few = describe(two, two.flatMap(tokensOf), 1);
    const acts = onRed.slice(0, few.n);
    assert.deepEqual(few.positions['fold 1'], []);
    assert.equal(chooseRule(few, acts), 'kind');
    const alone = describe(two.slice(0, 1), two.slice(0, 1).flatMap(tokensOf), 1);
    const kind = fitRule('kind', alone, acts, alone.training);
    assert.equal(tokenAuc(kind, acts, alone.positions['held out']), null);
    assert.deepEqual(windowsOf(alone, two.slice(0, 1)), []);
  });

  test('what the training positions lack is predicted by the coarser rule, else 0', () => {
    const { positions, descriptors, n } = described;
    const acts = Float32Array.from({ length: n }, (_, i) => 1 + (i % 3));
    const predict = fitRule('token pair', described, acts, positions['fold 0']);
    const byToken = fitRule('token', described, acts, positions['fold 0']);
    const seen = (rule: 'token' | 'token pair') =>
      new Set(positions['fold 0'].map((i) => descriptors[rule].of[i]));
    const [pairs, ids] = [seen('token pair'), seen('token')];
    const backsOff = [...Array(n).keys()].filter(
      (i) => !pairs.has(descriptors['token pair'].of[i]) && ids.has(descriptors.token.of[i]),
    );
    const unseen = [...Array(n).keys()].filter((i) => !ids.has(descriptors.token.of[i]));
    assert.ok(backsOff.length > 0 && unseen.length > 0);
    for (const i of backsOff) assert.equal(predict(i), byToken(i));
    for (const i of unseen) assert.equal(predict(i), 0);
  });
});
