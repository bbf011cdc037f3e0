import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quotedRule, quotedWords } from '../../../pipeline/stages/explanations/quoted.ts';
import { quotedRows, ruledFeatures } from '../../../pipeline/stages/explanations/score-sae.ts';
import { described, material, never, onRed, onThird, sae } from './material.ts';

test('a fetched explanation is scored by the words that it quotes, others have no scores', () => {
  const features = ruledFeatures([4, 6, 7], [onRed, onThird, never], material);
  const explanationOf = new Map([
    [4, 'the word "Red" in lists'],
    [6, "items of the list's middle"],
  ]);
  const chosen = { sae, features: [4, 6, 7], explained: 3 };
  const [red, third, ...none] = quotedRows(chosen, features, explanationOf, material);
  assert.deepEqual([red!.method, red!.token_auc, none.length], ['neuronpedia', 1, 0]);
  assert.deepEqual([third!.token_auc, third!.shuffled_auc], [null, null]);
});

test('quoted are texts between quotation marks, not apostrophes', () => {
  assert.deepEqual(quotedWords("the model's \"a b\" and “c”, 'd', `e`, items' ends"), [
    'a b',
    'c',
    'd',
    'e',
  ]);
  assert.deepEqual(quotedWords('a "\\n"'), ['\n']);
  const predict = quotedRule('"red things"', described)!;
  const at = [...Array(described.n).keys()].filter((i) => predict(i) === 1);
  assert.deepEqual(new Set(at.map((i) => described.texts[i])), new Set([' things']));
  assert.equal(quotedRule('"absent"', described), null);
});
