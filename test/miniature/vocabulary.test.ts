import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { writeList } from '../../pipeline/miniature/process.ts';
import { QUALIFIERS } from '../../pipeline/miniature/qualifiers.ts';
import {
  buildTokenizer,
  corpusTexts,
  readGemmaTokenizer,
  writeTokenizer,
} from '../../pipeline/miniature/vocabulary.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { COMMITTED } from '../golden.ts';
import { tempDir } from '../temp.ts';
import { corpus, MINIATURE, TOPIC_NAMES, tokenizer, walkOf } from './miniature.ts';

const gemma = readGemmaTokenizer();
const files = ['tokenizer.json', 'tokenizer_config.json'] as const;
const read = (dir: string, file: string) => readFileSync(join(dir, file), 'utf8');

test("the committed tokenizer is what Gemma 2's gives, byte for byte", (t) => {
  const dir = tempDir(t);
  writeTokenizer(dir, buildTokenizer(gemma));
  for (const file of files)
    assert.ok(read(dir, file) === read(MINIATURE, file), `${file} differs: build it again`);
});

test('texts of the corpus have the tokens that Gemma 2 gives them', () => {
  const encoder = new Encoder(gemma, {});
  const gemmaIds: number[] = JSON.parse(read(MINIATURE, 'tokenizer_config.json')).gemma_ids;
  assert.equal(gemmaIds.length, tokenizer.vocabSize);
  for (const text of [...corpusTexts(), ...sampledTexts()]) {
    const expected = encoder.encode(text, { add_special_tokens: false }).ids;
    const found = tokenizer.encode(text);
    assert.deepEqual(
      found.map((id) => gemmaIds[id]),
      expected,
      text,
    );
    assert.equal(tokenizer.decode(found), text);
  }
});

/** Whole conversations: what is fine in pieces could merge where they meet. */
function* sampledTexts(): Generator<string> {
  for (const topic of TOPIC_NAMES)
    for (const qualifier of QUALIFIERS) {
      const random = keyedRandom(8, `${topic} ${qualifier.name}`);
      const list = writeList(walkOf(topic, qualifier), random);
      yield tokenizer.decode([...corpus.prompt(topic, qualifier), ...list]);
    }
}

test("a prompt has Gemma's format", () => {
  const turns = (user: string) =>
    `<bos><start_of_turn>user\n${user}<end_of_turn>\n<start_of_turn>model\n`;
  assert.equal(tokenizer.chatPrompt('Rivers'), turns('Rivers'));
  assert.equal(tokenizer.chatPrompt('  two\nlines \n'), turns('two\nlines'));
});

test('a prompt is that of the real runs of Gemma 2', () => {
  const golden = JSON.parse(read(COMMITTED, 'gemma2-tokenizer.json'));
  for (const { text } of Object.values<{ text: string }>(golden.prompts)) {
    const user = /^<bos><start_of_turn>user\n(.*)<end_of_turn>\n/s.exec(text)![1]!;
    assert.equal(`${tokenizer.chatPrompt(user)}-`, text);
  }
});
