import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { FORMS, type FormName } from '../../pipeline/lists/forms.ts';
import { hasLoop } from '../../pipeline/lists/loops.ts';
import { type ReadList, readList } from '../../pipeline/lists/read-list.ts';
import { requestWords } from '../../pipeline/lists/request-words.ts';
import { promptFor, type TokenForm, tokenForm } from '../../pipeline/lists/token-form.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { SUBJECTS, type SubjectName } from '../../pipeline/subjects/all.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { type Scope, tempDir } from '../temp.ts';
import { GEMMA3, type RealGguf, SMOLLM2 } from '../weights.ts';

interface RealList extends ReadList {
  readonly form: TokenForm;
  readonly promptLength: number;
  readonly ended: boolean;
}

interface Asked {
  readonly name: FormName;
  readonly topic: string;
}

/** What a real model writes, each list in a form of its own, up to the form's first stop token. */
async function writeLists(
  t: Scope,
  [file, subject]: readonly [RealGguf, SubjectName],
  asked: readonly Asked[],
  maxNewTokens: number,
): Promise<RealList[]> {
  const { dir } = unpackGguf(file.path, join(tempDir(t), 'cache'), () => {});
  const [tokenizer, model] = [loadTokenizer(dir), loadModel(dir)];
  const forms = asked.map(({ name }) => tokenForm(tokenizer, SUBJECTS[subject].chat, FORMS[name]));
  const prompts = asked.map(({ topic }, i) => ({
    key: topic,
    prompt: promptFor(requestWords(forms[i]!.listForm, 'short ', topic), forms[i]!),
  }));
  const stopIds = forms[0]!.stopIds.filter((id) =>
    forms.every((form) => form.stopIds.includes(id)),
  );
  const sampling = { seed: 1, temperature: 0.8, topP: 0.9, provider: 'cpu' } as const;
  const answers = await generate(model, prompts, {
    ...sampling,
    maxNewTokens,
    stopIds,
    batchSize: asked.length,
  });
  return forms.map((form, i) => {
    const { prompt } = prompts[i]!;
    const { ids: answer } = answers[i]!;
    const stop = answer.findIndex((id) => form.stopIds.includes(id));
    const ids = [...prompt, ...(stop < 0 ? answer : answer.slice(0, stop + 1))];
    const written = { ids, promptLength: prompt.length, ended: stop >= 0 };
    return { form, ...written, ...readList(written, form) };
  });
}

/** Every item is followed by a token of the form's events, and every newline by the number that is due. */
function assertFollowed({ form: { events, tokenizer }, parsed, pieces }: RealList): void {
  const [end, again] = [events.item.end, events.item.again].map(tokenizer.token);
  for (const [index, { posLastToken, posNewline }] of parsed.items.entries()) {
    const next = pieces[posLastToken + 1];
    const isLast = index === parsed.items.length - 1;
    assert.ok(next === again || (isLast && next === end), `${index}: ${JSON.stringify(next)}`);
    const due = events.newline.again(index);
    if (!isLast && due !== null) assert.equal(pieces[posNewline! + 1], tokenizer.token(due));
  }
}

/** A numbered list read from its text, by lines. */
const numberedLines = (text: string): string[] =>
  text.split('\n').flatMap((line) => /^\d+\. *(.*\S) *$/.exec(line)?.[1] ?? []);

test('SmolLM2 counts its items, and ends at once', { skip: SMOLLM2.skip }, async (t) => {
  const name = 'numbered-turn';
  const asked = ['Colors', 'Countries'].map((topic) => ({ name, topic }) as const);
  const lists = await writeLists(t, [SMOLLM2, 'smollm2'], asked, 72);
  for (const list of lists) {
    assertFollowed(list);
    const whole = numberedLines(list.text);
    assert.deepEqual(list.itemTexts, whole.slice(0, list.itemTexts.length));
    assert.ok(whole.length - list.itemTexts.length <= Number(!list.ended));
    assert.deepEqual(list.pieces.slice(list.promptLength - 2, list.promptLength), ['1', '.']);
  }
  const { parsed, itemTexts, ended, text } = lists[0]!;
  assert.ok(ended && itemTexts.length >= 3 && !hasLoop(itemTexts), text);
  assert.equal(parsed.items.at(-1)!.posNewline, null);
  const long = lists.find((list) => list.itemTexts.length >= 10)!;
  const tenth = long.pieces.filter(
    (_, pos) => long.parsed.itemIndex[pos] === 9 && long.parsed.kinds[pos] === 'marker',
  );
  assert.deepEqual(tenth, ['1', '0', '.']);
});

test('Gemma 3 goes on as in its examples: with numbers, with commas to a full stop, with lines', {
  skip: GEMMA3.skip,
}, async (t) => {
  const names = ['numbered-text-examples', 'commas-text-examples', 'lines-text-examples'] as const;
  const asked = names.map((name) => ({ name, topic: 'Colors' }));
  const lists = await writeLists(t, [GEMMA3, 'gemma3'], asked, 40);
  for (const list of lists) {
    assertFollowed(list);
    assert.ok(list.ended && list.itemTexts.length >= 3 && !hasLoop(list.itemTexts), list.text);
  }
  const [numbered, commas, lines] = lists.map(({ text }) => text);
  assert.deepEqual(
    lists.map(({ itemTexts }) => itemTexts),
    [numberedLines(numbered!), commas!.trim().slice(0, -1).split(', '), lines!.split('\n')],
  );
  assert.deepEqual(
    lists.map(({ pieces }) => pieces.at(-1)),
    ['\n\n', '\n\n', '\n\n'],
  );
  assert.ok(commas!.endsWith('.'));
});
