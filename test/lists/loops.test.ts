import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasLoop } from '../../pipeline/lists/loops.ts';

test('a list loops where one item stands three times running', () => {
  assert.equal(hasLoop(['Oak', 'Elm', 'Elm', 'Elm']), true);
  assert.equal(hasLoop(['Elm', 'elm ', ' ELM', 'Oak']), true); // however it is spaced or cased
  assert.equal(hasLoop(['Elm', 'Elm', 'Elm', 'Elm']), true);
});

test('twice running, or three times apart, is no loop', () => {
  assert.equal(hasLoop(['Oak', 'Elm', 'Elm', 'Oak', 'Oak']), false);
  assert.equal(hasLoop(['Elm', 'Oak', 'Elm', 'Oak', 'Elm', 'Oak']), false);
  assert.equal(hasLoop(['Elm', 'Elm', 'Elms']), false);
  assert.equal(hasLoop(['Elm', 'Elm']), false);
  assert.equal(hasLoop([]), false);
});
