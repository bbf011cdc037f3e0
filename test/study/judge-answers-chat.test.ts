import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { parseWith } from './miniature-study.ts';

test('only a model that answers in a chat can be asked whether labels fit', () => {
  const explained = { features: 2, lists: 1, judge: true };
  assert.deepEqual((parseWith({ explained }) as ModelStudy).explained, explained);
  for (const change of [{ form: 'hyphens-text' }, { modelKind: 'base' }])
    assert.throws(() => parseWith({ explained, ...change }), {
      message:
        'x.yaml: explained.judge: expected false, as the model does not answer in a chat, received true',
    });
  for (const given of [{ features: 0, lists: 1 }, { features: 2 }, { features: 2, lists: 1, x: 1 }])
    assert.throws(() => parseWith({ explained: given }), /^Error: x\.yaml: explained/);
});
