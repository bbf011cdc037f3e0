import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { requestWords } from '../../pipeline/lists/request-words.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { listSoFar } from '../../pipeline/live/own-lists.ts';
import { readOwnModel } from '../../pipeline/live/own-model.ts';
import { OWN_FILE } from '../../pipeline/schema/own-file.ts';
import { TEMPLATES } from '../../pipeline/schema/templates.ts';
import { loadStudy } from '../../pipeline/study/load-study.ts';
import { userMessage } from '../../pipeline/study/message.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { tokenizer } from '../miniature/miniature.ts';
import { goldenGguf } from '../sources/formats/gguf/write-gguf.ts';

test('the page that takes a reader’s file asks and samples as the study does', () => {
  const study = loadStudy(join(import.meta.dirname, '../../data/studies'), OWN_FILE.study);
  assert.ok(study.kind === 'run' && study.model.gguf);
  assert.equal(study.subject, 'smollm2');
  assert.equal(study.model.gguf.sha256, OWN_FILE.sha256);
  assert.equal(study.form, OWN_FILE.form);
  assert.equal(study.seed, OWN_FILE.seed);
  const { temperature, topP } = study.sampling;
  assert.deepEqual([temperature, topP], [OWN_FILE.temperature, OWN_FILE.topP]);
  assert.deepEqual(Object.keys(study.templates), TEMPLATES);
  for (const [name, template] of Object.entries(study.templates)) {
    const qualifier = name === 'plain' ? '' : `${name} `;
    assert.equal(
      requestWords(FORMS[OWN_FILE.form], qualifier, 'Rivers'),
      userMessage(template, 'Rivers'),
    );
    assert.equal(template.maxNewTokens, OWN_FILE.maxNewTokens);
  }
});

test('a file of another model is refused in one line, before its weights are read', () => {
  const refused = (name: string): string => {
    const bytes = new Uint8Array(readFileSync(goldenGguf(name)));
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
    try {
      readOwnModel({ path: name, size: bytes.length, read }, null, () =>
        assert.fail('weights were read'),
      );
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.match(
    refused('llama_A_q8_0.gguf'),
    /^llama_A_q8_0\.gguf: number of layers \d, and SmolLM2-135M-Instruct has 30: choose a file of that model$/,
  );
  assert.match(refused('gemma3_A_q8_0.gguf'), /^gemma3_A_q8_0\.gguf: model_type gemma3_text, /);
  assert.match(refused('llama_A_gguf.npz'), /^llama_A_gguf\.npz: begins with .*, not GGUF: /);
});

test('a list is read as far as it is written, and an item’s end is the token after its last one', () => {
  const form = tokenForm(tokenizer, gemma2.chat, FORMS['hyphens-turn']);
  const prompt = tokenizer.encode(`${tokenizer.chatPrompt('Provide me with a list', null, [])}-`);
  const answer = tokenizer.encode(' Nile\n- Rio Grande');
  const { items, unfinished, ended } = listSoFar(answer, { prompt, form });
  assert.deepEqual(
    items.map(({ text }) => text),
    ['Nile'],
  );
  assert.equal(tokenizer.token(answer[items[0]!.next]!), '\n');
  assert.deepEqual([unfinished, ended], ['Rio Grande', false]);
  const whole = listSoFar([...answer, form.stopIds[0]!], { prompt, form });
  assert.deepEqual(
    whole.items.map(({ text }) => text),
    ['Nile', 'Rio Grande'],
  );
  assert.deepEqual([whole.items[1]!.next, whole.unfinished], [answer.length, '']);
  assert.ok(whole.ended);
  assert.deepEqual(listSoFar([], { prompt, form }), { items: [], unfinished: '', ended: false });
});
