import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { MINIATURE, parseWith } from './miniature-study.ts';

const SAES_ALONE = { attribution: undefined, ablation: undefined, baselines: undefined };
const WITHOUT = { saes: undefined, ...SAES_ALONE, circuits: undefined, explained: undefined };

test('a study without SAEs is valid, and has nothing that means something with them only', () => {
  const study = parseWith(WITHOUT) as ModelStudy;
  assert.equal(study.saes, undefined);
  const { attribution, ablation, baselines, circuits, explained } = parse(MINIATURE);
  const parts = { attribution, ablation, baselines, circuits, explained };
  for (const [part, value] of Object.entries(parts))
    assert.throws(() => parseWith({ ...WITHOUT, [part]: value }), {
      message: `x.yaml: ${part}: expected nothing, as the study has no saes, received ${JSON.stringify(value)}`,
    });
  const explanations = { explanations: 'data/explanations' };
  assert.throws(() => parseWith({ ...WITHOUT, ...explanations }), {
    message:
      'x.yaml: explanations: expected nothing, as the study has no saes, received "data/explanations"',
  });
});

test('a study with SAEs says what is asked of them', () => {
  for (const part of Object.keys(SAES_ALONE))
    assert.throws(() => parseWith({ [part]: undefined }), {
      message: `x.yaml: ${part}: expected its settings, as the study has saes, received nothing`,
    });
});
