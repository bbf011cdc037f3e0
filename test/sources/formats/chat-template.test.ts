import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  loadTokenizer,
  type Tokenizer,
  tokenizerContent,
} from '../../../pipeline/sources/formats/tokenizer.ts';
import { tempDir } from '../../temp.ts';

const MINIATURE = fileURLToPath(new URL('../../../data/models/miniature', import.meta.url));
const CASES = fileURLToPath(new URL('../../cases/tokenizers', import.meta.url));
const PROMPT = '<bos><start_of_turn>user\nList films.<end_of_turn>\n<start_of_turn>model\n';

/** A folder with the miniature"s tokenizer.json, and a config of these fields. */
function folder(t: TestContext, fields: object, files: Readonly<Record<string, string>> = {}) {
  const dir = tempDir(t);
  cpSync(join(MINIATURE, 'tokenizer.json'), join(dir, 'tokenizer.json'));
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(fields));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

const ask = (dir: string): string => loadTokenizer(dir).chatPrompt('List films.');

test('the miniature’s own folder', () => {
  assert.equal(ask(MINIATURE), PROMPT);
});

for (const name of readdirSync(CASES))
  test(`the same prompt from the case ${name}`, (t) => {
    const dir = tempDir(t);
    cpSync(join(CASES, name), dir, { recursive: true });
    cpSync(join(MINIATURE, 'tokenizer.json'), join(dir, 'tokenizer.json'));
    assert.equal(ask(dir), PROMPT);
  });

const TEMPLATE = "{{ bos_token }}{{ messages[0]['content'] }}";

suite('what says the same is taken', () => {
  const said: Record<string, [object, Record<string, string>?]> = {
    'a template by the name default': [
      {
        bos_token: '<bos>',
        chat_template: [
          { name: 'tool_use', template: 'no' },
          { name: 'default', template: TEMPLATE },
        ],
      },
    ],
    'a file goes before the config': [
      { bos_token: '<bos>', chat_template: 'no' },
      { 'chat_template.jinja': `${TEMPLATE}\n` },
    ],
    'a token of the map': [
      { chat_template: TEMPLATE },
      { 'special_tokens_map.json': '{"bos_token": {"content": "<bos>"}}' },
    ],
    'the same token in both': [
      { bos_token: '<bos>', chat_template: TEMPLATE },
      { 'special_tokens_map.json': '{"bos_token": "<bos>"}' },
    ],
    'tools and documents that there are none of, as transformers says it': [
      {
        bos_token: '<bos>',
        chat_template: `{% if tools is defined and tools is none and documents is defined %}${TEMPLATE}{% endif %}`,
      },
    ],
    'line ends of Windows': [
      { bos_token: '<bos>' },
      {
        'chat_template.jinja':
          "{%- if true %}\r\n{{ bos_token }}{% endif %}\r\n{{ messages[0]['content'] }}\r\n",
      },
    ],
    'a byte order mark': [{ bos_token: '<bos>' }, { 'chat_template.jinja': `\ufeff${TEMPLATE}` }],
  };
  for (const [name, [fields, files]] of Object.entries(said))
    test(name, (t) => {
      assert.equal(ask(folder(t, fields, files)), '<bos>List films.');
    });

  test('line ends within a text', (t) => {
    const chat_template = `a\r\n{{ messages[0]['content'] }}\rb`;
    assert.equal(ask(folder(t, { chat_template })), 'a\nList films.\nb');
  });

  test('tokens of every role', (t) => {
    const chat_template = `{{ eos_token }}{{ pad_token }}{{ unk_token }}${TEMPLATE}`;
    const fields = { bos_token: '<bos>', eos_token: { content: '<eos>' }, pad_token: '<pad>' };
    assert.equal(ask(folder(t, { ...fields, chat_template })), '<eos><pad><bos>List films.');
  });

  test('no token prints nothing', (t) => {
    const fields = { bos_token: null, chat_template: TEMPLATE };
    assert.equal(ask(folder(t, fields)), 'List films.');
  });

  test('two roles of one token, as where a text begins and ends alike', (t) => {
    const chat_template = `{{ eos_token }}${TEMPLATE}`;
    assert.equal(
      ask(folder(t, { bos_token: '<eos>', eos_token: '<eos>', chat_template })),
      '<eos><eos>List films.',
    );
  });
});

suite('what would give another prompt is refused in one line that names the file', () => {
  const refused: Record<string, [object, RegExp, Record<string, string>?]> = {
    'no template': [{}, /^no chat_template in .*tokenizer_config\.json: use an instruction-tuned/],
    'a template that cannot be parsed': [
      { chat_template: '{% for x in %}' },
      /tokenizer_config\.json: the chat template cannot be parsed \(.*\): mend it/,
    ],
    'a file that cannot be parsed': [
      {},
      /chat_template\.jinja: the chat template cannot be parsed \(.*\): mend it/,
      { 'chat_template.jinja': '{{ bos_token ' },
    ],
    'a template that raises': [
      { chat_template: "{{ raise_exception('first\nsecond') }}" },
      /tokenizer_config\.json: the chat template refuses the turns of a prompt \(first\\u000asecond\)/,
    ],
    'a template that calls what there is not': [
      { chat_template: '{{ today() }}' },
      /the chat template refuses the turns of a prompt/,
    ],
    'a template that does not end': [
      {
        chat_template:
          '{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}',
      },
      /tokenizer_config\.json: the chat template does not end \(.*5000ms\): mend it/,
    ],
    'a template that leaves out the message': [
      { chat_template: '<start_of_turn>user\n{{ message }}' },
      /the chat template leaves out a message \("List films\."\)/,
    ],
    'a template with the date': [
      { chat_template: "{{ strftime_now('%d') }}" },
      /the chat template asks for today's date/,
    ],
    'a template that is a number': [{ chat_template: 5 }, /chat_template: 5, expected a text/],
    'templates without a default': [
      { chat_template: [{ name: 'rag', template: TEMPLATE }] },
      /chat_template: .*, expected a text or one template with the name default/,
    ],
    'templates that are an object': [
      { chat_template: { default: TEMPLATE } },
      /chat_template: .*, expected a text/,
    ],
    'a template that is not UTF-8': [
      {},
      /chat_template\.jinja: not UTF-8: /,
      { 'chat_template.jinja': 'latin1' },
    ],
    'a token that is a number': [
      { bos_token: 2, chat_template: TEMPLATE },
      /tokenizer_config\.json: bos_token: 2, expected a text, or an object with content/,
    ],
    'a token without content': [
      { bos_token: { id: 2 }, chat_template: TEMPLATE },
      /bos_token: \{ id: 2 \}, expected a text/,
    ],
    'a token that the tokenizer lacks': [
      { bos_token: '<s>', chat_template: TEMPLATE },
      /bos_token: "<s>" is no token of tokenizer\.json/,
    ],
    'files that contradict each other': [
      { bos_token: '<bos>', chat_template: TEMPLATE },
      /special_tokens_map\.json: bos_token: "<eos>", and tokenizer_config\.json has "<bos>"/,
      { 'special_tokens_map.json': '{"bos_token": "<eos>"}' },
    ],
    'a map that is a list': [
      { chat_template: TEMPLATE },
      /special_tokens_map\.json: a list, where an object is expected/,
      { 'special_tokens_map.json': '[]' },
    ],
  };
  for (const [name, [fields, message, files]] of Object.entries(refused))
    test(name, (t) => {
      const dir = folder(t, fields, files);
      if (name.includes('UTF-8'))
        writeFileSync(join(dir, 'chat_template.jinja'), Buffer.of(0xff, 0xfe, 0x7b, 0));
      assert.throws(() => ask(dir), oneLine(message));
    });

  test('a folder in place of the template', (t) => {
    const dir = folder(t, {});
    mkdirSync(join(dir, 'chat_template.jinja'));
    assert.throws(() => ask(dir), oneLine(/chat_template\.jinja: a folder, where a file/));
  });
});

test('a template that leaves out a turn is refused', (t) => {
  const { chatPrompt } = loadTokenizer(
    folder(t, { chat_template: "{{ messages[-1]['content'] }}" }),
  );
  assert.equal(chatPrompt(' List films. '), ' List films. ');
  assert.throws(
    () => chatPrompt('List films.', 'Be brief.'),
    oneLine(/leaves out a message \("Be b/),
  );
  const earlier = [{ role: 'assistant', content: 'Alien' }] as const;
  assert.throws(() => chatPrompt('List films.', null, earlier), oneLine(/a message \("Alien"\)/));
});

test('a token that the template does not name is not read', (t) => {
  const fields = { bos_token: '<bos>', eos_token: 7, pad_token: '<pad>', chat_template: TEMPLATE };
  const files = { 'special_tokens_map.json': '{"pad_token": "<eos>"}' };
  assert.equal(ask(folder(t, fields, files)), '<bos>List films.');
});

test('a template that nobody asks for is not read', (t) => {
  const { encode }: Tokenizer = loadTokenizer(folder(t, { chat_template: '{% broken' }));
  assert.deepEqual(encode('<bos>'), [2]);
});

test('a tokenizer is another with another template, in whichever file', (t) => {
  const contents = [
    folder(t, {}),
    folder(t, {}, { 'chat_template.jinja': 'a' }),
    folder(t, {}, { 'chat_template.jinja': 'b' }),
    folder(t, {}, { 'special_tokens_map.json': '{}' }),
    folder(t, { chat_template: 'a' }),
  ].map(tokenizerContent);
  assert.equal(new Set(contents).size, contents.length);
});

const oneLine = (message: RegExp) => (error: Error) => {
  assert.match(error.message, message);
  assert.match(error.message, /^[^\n]+: [a-z][^\n]+$/);
  assert.equal(error.constructor, Error);
  return true;
};
