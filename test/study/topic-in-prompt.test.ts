import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { userMessage } from '../../pipeline/study/message.ts';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { MINIATURE, parseWith } from './miniature-study.ts';

test('the message names the topic where the prompt says', () => {
  const message = (topic: string) => userMessage({ prompt: '{topic}: a list of {topic}.' }, topic);
  assert.equal(message('Rivers'), 'Rivers: a list of Rivers.');
  for (const topic of ['$&', '$1$$', '{topic}', "$'$`", '\\n'])
    assert.equal(message(topic), `${topic}: a list of ${topic}.`);
});

test('a topic may hold the qualifier after it, and not before it', () => {
  const { templates } = parse(MINIATURE);
  const topics = ['Rivers', 'Very short films'];
  const before = { ...templates.short, prompt: '{topic}: a short list.' };
  assert.equal((parseWith({ topics }) as ModelStudy).topics.length, 2);
  assert.throws(() => parseWith({ topics, templates: { ...templates, short: before } }), {
    message:
      'x.yaml: topics.1: expected no " short", which short has after it, received "Very short films"',
  });
});
