import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PARAMETERS_MEASURED } from '../../pipeline/commands/study.ts';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { findSubject } from '../../pipeline/subjects/find-subject.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { countLists, endsAsSaid } from '../../pipeline/trial/form-counts.ts';
import { licenceOf, sizeOfModel } from '../../pipeline/trial/model-facts.ts';
import { wordEffect, wordsOf } from '../../pipeline/trial/word-effect.ts';
import { writeTrialLists } from '../../pipeline/trial/write-trial-lists.ts';
import { tempDir } from '../temp.ts';
import { SMOLLM2 } from '../weights.ts';

test('a trial of SmolLM2 finds what its study is about', { skip: SMOLLM2.skip }, async (t) => {
  const { dir } = unpackGguf(SMOLLM2.path, join(tempDir(t), 'cache'), () => {});
  const tokenizer = loadTokenizer(dir);
  assert.equal(findSubject('llama', tokenizer), 'smollm2');
  const words = wordsOf(tokenizer)!;
  assert.deepEqual(words, { short: ' short', long: ' long' });
  const model = loadModel(dir);
  assert.equal(sizeOfModel(model).parameters, PARAMETERS_MEASURED);
  assert.equal(licenceOf(SMOLLM2.path), 'apache-2.0');

  const subject = SUBJECTS.smollm2;
  const trial = { model, provider: 'cpu', tokenizer, subject, chats: true } as const;
  const form = tokenForm(tokenizer, subject.chat, FORMS['hyphens-turn']);
  const lists = await writeTrialLists(trial, form, words, () => {});
  const { usable, afterItem, afterNewline } = countLists(lists);
  assert.ok(usable >= 7, `${usable}`);
  assert.equal(endsAsSaid(lists, form.listForm, subject.chat.stopTokens[0]), usable);
  assert.equal(endsAsSaid(lists, FORMS['hyphens-blank'], subject.chat.stopTokens[0]), 0);
  assert.equal(afterItem[0]?.[0], '\n');
  assert.equal(afterNewline[0]?.[0], '-');

  const effect = (await wordEffect(trial, { lists, form }, words))!;
  assert.ok(effect.lists >= 7 && effect.lists <= 10);
  assert.ok(effect.short > effect.long && effect.lo > 1, JSON.stringify(effect));
  assert.ok(effect.hi >= effect.ratio && effect.ratio >= effect.lo && effect.hi < 10);
});
