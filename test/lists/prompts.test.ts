import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { once } from '../../pipeline/engine/once.ts';
import { FORMS, type FormName } from '../../pipeline/lists/forms.ts';
import { listMetrics } from '../../pipeline/lists/list-metrics.ts';
import { qualifierPosition } from '../../pipeline/lists/qualifier.ts';
import { readList } from '../../pipeline/lists/read-list.ts';
import {
  eventColumns,
  promptFor,
  type TokenForm,
  tokenForm,
} from '../../pipeline/lists/token-form.ts';
import type { GgufFile } from '../../pipeline/sources/formats/gguf/header.ts';
import { metadataOf } from '../../pipeline/sources/formats/gguf/metadata.ts';
import { openGguf } from '../../pipeline/sources/formats/gguf/open.ts';
import { readTokenizer } from '../../pipeline/sources/formats/gguf/tokenizer.ts';
import { loadTokenizer, type Tokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { goldenGguf } from '../sources/formats/gguf/write-gguf.ts';
import { type Scope, tempDir } from '../temp.ts';
import { GEMMA3, SMOLLM2 } from '../weights.ts';

/** The tokenizer of a model's file. */
const tokenizerOf = (t: Scope, path: string): Tokenizer => tokenizerIn(t, openGguf(path));

function tokenizerIn(t: Scope, file: GgufFile): Tokenizer {
  const { tokenizer, config } = readTokenizer(metadataOf(file));
  return written(t, tokenizer, config);
}

function written(t: Scope, tokenizer: object, config: object): Tokenizer {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config));
  return loadTokenizer(dir);
}

const REQUEST =
  'Provide me with a short list of Rivers. Just provide the names, no need for any other information.';
const request = (qualifier: string, topic: string) =>
  `Provide me with a ${qualifier}list of ${topic}. Just provide the names, no need for any other information.`;

const FURNITURE = '- Table\n- Chair\n- Sofa\n- Bookcase';
const INSTRUMENTS =
  '- Piano\n- Violin\n- Guitar\n- Flute\n- Drums\n- Trumpet\n- Cello\n- Harp\n- Clarinet\n- Saxophone\n- Oboe\n- Accordion';
const TOOLS = '- Hammer\n- Saw\n- Drill\n- Wrench\n- Pliers\n- Chisel\n- Screwdriver';

/** The texts of some tokens, one by one. */
const piecesOf = ({ tokenizer }: TokenForm, ids: readonly number[]) => ids.map(tokenizer.token);

suite('SmolLM2 is asked by turns of its chat', { skip: SMOLLM2.skip }, () => {
  const tokenizer = once(() => tokenizerOf({ after }, SMOLLM2.path));
  const form = (name: FormName) => tokenForm(tokenizer(), SUBJECTS.smollm2.chat, FORMS[name]);
  const system =
    '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n';
  const turn = (role: string, text: string) => `<|im_start|>${role}\n${text}<|im_end|>\n`;

  test('with its own system turn, and the answer begun with one hyphen', () => {
    const turns = form('hyphens-turn');
    const prompt = promptFor(REQUEST, turns);
    assert.equal(
      turns.tokenizer.decode(prompt),
      `${system}${turn('user', REQUEST)}<|im_start|>assistant\n-`,
    );
    assert.equal(prompt.at(-1), 29);
    assert.deepEqual(turns.stopIds, [2]);
    assert.deepEqual(eventColumns(turns.events, 0), {
      p_item_end: 2,
      p_item_again: 198,
      p_newline_end: 2,
      p_newline_again: 29,
    });
  });

  test('after three lists, each an earlier turn', () => {
    const shown = form('hyphens-turn-examples');
    const earlier = [
      [request('short ', 'Furniture'), FURNITURE],
      [request('long ', 'Musical Instruments'), INSTRUMENTS],
      [request('', 'Tools'), TOOLS],
    ] as const;
    const prompt = promptFor(REQUEST, shown);
    assert.equal(
      shown.tokenizer.decode(prompt),
      `${system}${earlier.map(([user, answer]) => turn('user', user) + turn('assistant', answer)).join('')}${turn('user', REQUEST)}<|im_start|>assistant\n-`,
    );
    const list = { sampleId: 'x', ids: prompt, promptLength: prompt.length };
    const position = qualifierPosition(list, ' short', shown);
    assert.equal(prompt[position], 1890);
    assert.equal(position, prompt.lastIndexOf(1890));
    assert.notEqual(position, prompt.indexOf(1890));
  });

  test('an answer that ends its turn is read as it is written', () => {
    const turns = form('hyphens-turn');
    const prompt = promptFor(REQUEST, turns);
    const ids = [...prompt, ...turns.tokenizer.encode(' Amazon\n- Nile'), 2];
    const list = { ids, promptLength: prompt.length, ended: true };
    const { itemTexts, text } = readList(list, turns);
    assert.deepEqual(itemTexts, ['Amazon', 'Nile']);
    assert.equal(text, '- Amazon\n- Nile');
  });
});

suite('Gemma 3, a base model, is given a text to go on with', { skip: GEMMA3.skip }, () => {
  const tokenizer = once(() => tokenizerOf({ after }, GEMMA3.path));
  const form = (name: FormName) => tokenForm(tokenizer(), SUBJECTS.gemma3.chat, FORMS[name]);
  const HEADING = 'A short list of Rivers:';

  test('a heading, and one hyphen on the line after it', () => {
    const text = form('hyphens-text');
    const prompt = promptFor(HEADING, text);
    assert.deepEqual(piecesOf(text, prompt), [
      '<bos>',
      'A',
      ' short',
      ' list',
      ' of',
      ' Rivers',
      ':',
      '\n',
      '-',
    ]);
    assert.deepEqual([prompt[0], prompt[2], prompt.at(-2), prompt.at(-1)], [2, 2822, 107, 236772]);
    assert.deepEqual(eventColumns(text.events, 0), {
      p_item_end: 108,
      p_item_again: 107,
      p_newline_end: 107,
      p_newline_again: 236772,
    });
  });

  test('a blank line, a longer gap, and the model’s own tokens end it', () => {
    const text = form('hyphens-text');
    assert.deepEqual(piecesOf(text, text.stopIds), ['<end_of_turn>', '<eos>', '\n\n', '\n\n\n']);
  });

  test('after three lists, a blank line after each', () => {
    const shown = form('hyphens-text-examples');
    const prompt = promptFor(HEADING, shown);
    assert.equal(
      shown.tokenizer.decode(prompt),
      `<bos>A short list of Furniture:\n${FURNITURE}\n\nA long list of Musical Instruments:\n${INSTRUMENTS}\n\nA list of Tools:\n${TOOLS}\n\n${HEADING}\n-`,
    );
    const [end] = [shown.events.item.end];
    assert.equal(prompt.filter((id) => id === end).length, 3);
    const list = { sampleId: 'x', ids: prompt, promptLength: prompt.length };
    assert.equal(qualifierPosition(list, ' short', shown), prompt.lastIndexOf(2822));
  });

  test('a list that the blank line ends: its last item has no newline', () => {
    const text = form('hyphens-text');
    const prompt = promptFor(HEADING, text);
    const ids = [...prompt, ...text.tokenizer.encode(' Amazon\n- Nile\n\n')];
    assert.equal(ids.at(-1), 108);
    const list = { ids, promptLength: prompt.length, ended: true };
    const { itemTexts, parsed } = readList(list, text);
    assert.deepEqual(itemTexts, ['Amazon', 'Nile']);
    assert.equal(parsed.items[0]!.posNewline, parsed.items[0]!.posLastToken + 1);
    assert.equal(parsed.items[1]!.posNewline, null);
    assert.equal(parsed.items[1]!.posLastToken, ids.length - 2);
    assert.equal(parsed.kinds.at(-1), 'end');
    const { metrics } = listMetrics(list, text);
    assert.equal(metrics.text, '- Amazon\n- Nile');
    assert.deepEqual([metrics.n_items, metrics.ended, metrics.blank_before_end], [2, true, false]);
  });
});

suite('Qwen and Mistral are asked by turns, in a small tokenizer with their special tokens', () => {
  /** Other texts for special tokens. */
  type Names = Readonly<Record<string, string>>;

  /** That of a small Qwen, with a chat template. */
  function small(t: Scope, template: string, names: Names = {}): Tokenizer {
    const file = openGguf(goldenGguf('qwen2_A_f32.gguf'));
    const metadata = new Map(file.metadata);
    const tokens = metadata.get('tokenizer.ggml.tokens') as string[];
    const renamed = tokens.map((token) => names[token] ?? token);
    metadata.set('tokenizer.ggml.tokens', renamed).set('tokenizer.chat_template', template);
    return tokenizerIn(t, { ...file, metadata });
  }

  const CHATML =
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}{{ '<|im_start|>assistant\\n' }}";

  for (const family of ['qwen2', 'qwen3'] as const)
    test(`${family}: the end of the turn ends a list, and so does the end of a text`, (t) => {
      const form = tokenForm(small(t, CHATML), SUBJECTS[family].chat, FORMS['hyphens-turn']);
      const prompt = promptFor(REQUEST, form);
      assert.equal(
        form.tokenizer.decode(prompt),
        `<|im_start|>user\n${REQUEST}<|im_end|>\n<|im_start|>assistant\n-`,
      );
      assert.deepEqual(piecesOf(form, form.stopIds), ['<|im_end|>', '<|endoftext|>']);
      assert.equal(form.events.item.end, form.stopIds[0]);
    });

  test('mistral: one token begins every sequence, and one ends it', (t) => {
    const template =
      "{{ bos_token }}{% for message in messages %}{{ '[INST] ' + message.content + ' [/INST]' }}{% endfor %}";
    const tokenizer = small(t, template, { '<|im_start|>': '<s>', '<|im_end|>': '</s>' });
    const { chat } = SUBJECTS.mistral;
    const form = tokenForm(tokenizer, chat, FORMS['hyphens-turn']);
    const prompt = promptFor(REQUEST, form);
    assert.equal(tokenizer.decode(prompt), `<s>[INST] ${REQUEST} [/INST]-`);
    assert.equal(prompt[0], tokenizer.id(chat.start));
    assert.deepEqual(piecesOf(form, form.stopIds), ['</s>']);
  });

  test('a tokenizer that puts a space before every text has no token for a newline alone', (t) => {
    const exact = { special: true, single_word: false, lstrip: false, rstrip: false };
    const replace = (from: string, to: string) => ({
      type: 'Replace',
      pattern: { String: from },
      content: to,
    });
    const prepended = {
      version: '1.0',
      added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({
        id,
        content,
        normalized: false,
        ...exact,
      })),
      normalizer: {
        type: 'Sequence',
        normalizers: [{ type: 'Prepend', prepend: '▁' }, replace(' ', '▁')],
      },
      pre_tokenizer: null,
      post_processor: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          replace('▁', ' '),
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        byte_fallback: true,
        fuse_unk: true,
        vocab: { '<unk>': 0, '<s>': 1, '</s>': 2, '<0x0A>': 3, '▁': 4, '-': 5, '▁-': 6 },
        merges: ['▁ -'],
      },
    };
    const tokenizer = written(t, prepended, {});
    assert.throws(
      () => tokenForm(tokenizer, SUBJECTS.mistral.chat, FORMS['hyphens-turn']),
      /tokenizer lacks token: "\\n" in .*: fetch or train the model again$/,
    );
  });
});
