import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOneLine } from '../../site/lib/text/in-one-line.ts';

test('newlines of a prompt are signs where it stands on one line', () => {
  assert.equal(
    inOneLine('A list of Tools:\n- Saw\n\nA list:\n-'),
    'A list of Tools: ↵ - Saw ↵  ↵ A list: ↵ -',
  );
  assert.equal(inOneLine('Give me a list of Rivers.'), 'Give me a list of Rivers.');
});
