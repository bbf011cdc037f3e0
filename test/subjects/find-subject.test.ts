import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSubject } from '../../pipeline/subjects/find-subject.ts';

/** A vocabulary with these special tokens. */
const having = (...tokens: string[]) => ({
  id: (token: string) => {
    const id = tokens.indexOf(token);
    if (id < 0) throw new Error(`tokenizer lacks token: ${token}`);
    return id;
  },
});

test('families of one architecture are told apart by the tokens of their turns', () => {
  const chatMl = having('<|im_start|>', '<|im_end|>', '<|endoftext|>');
  const sentencePiece = having('<s>', '</s>');
  assert.equal(findSubject('llama', chatMl), 'smollm2');
  assert.equal(findSubject('llama', sentencePiece), 'llama');
  assert.equal(
    findSubject('llama', having('<|begin_of_text|>', '<|eot_id|>', '<|end_of_text|>')),
    'llama3',
  );
  assert.equal(findSubject('mistral', sentencePiece), 'mistral');
  assert.equal(findSubject('qwen2', chatMl), 'qwen2');
  assert.equal(findSubject('qwen3', chatMl), 'qwen3');
});

test('a tokenizer that fits no subject, and an architecture without one, are named with what is missing', () => {
  assert.throws(
    () => findSubject('mistral', having('<s>')),
    /^Error: no subject of "?mistral"? fits this tokenizer: mistral needs <\/s>: add a record to pipeline\/subjects$/,
  );
  assert.throws(
    () => findSubject('llama', having()),
    /smollm2 needs <\|im_end\|>; llama needs <s> <\/s>; llama3 needs/,
  );
  assert.throws(() => findSubject('gpt2', having('<s>')), /model_type "?gpt2"? is not supported/);
  assert.throws(() => findSubject(undefined, having('<s>')), /model_type .* is not supported/);
});
