import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { loadModelStudy } from '../../pipeline/study/load-study.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { CORPUS, corpusPrompts } from '../../pipeline/train/corpus.ts';
import type { SaeTraining } from '../../pipeline/train/training-settings.ts';
import { DATA, tokenizer } from '../miniature/miniature.ts';

const study = loadModelStudy(join(DATA, 'studies'), 'smollm2-135m-instruct');

/** The words of a text, in lower case, a plural as its singular. */
const words = (text: string): string[] =>
  text
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)!
    .map((word) => word.replace(/ies$/, 'y').replace(/s$/, ''));

suite('the topics of the corpus', () => {
  test('are at least 200, each another', () => {
    assert.ok(CORPUS.topics.length >= 200, `${CORPUS.topics.length}`);
    assert.equal(
      new Set(CORPUS.topics.map((topic) => words(topic).join(' '))).size,
      CORPUS.topics.length,
    );
    assert.equal(new Set(CORPUS.others).size, CORPUS.others.length);
  });

  for (const topic of study.topics)
    test(`none has the study’s topic ${topic}`, () => {
      const own = words(topic);
      const having = CORPUS.topics.filter((other) => {
        const theirs = words(other);
        return theirs.some((_, i) => own.every((word, j) => word === theirs[i + j]));
      });
      assert.deepEqual(having, []);
      const request = CORPUS.others.filter((other) =>
        own.every((word) => words(other).includes(word)),
      );
      assert.deepEqual(request, []);
    });
});

suite('the prompts of the corpus', () => {
  const form = tokenForm(tokenizer, SUBJECTS.gemma2.chat, FORMS['hyphens-blank']);
  const train: SaeTraining = { ...study.saes!.train!, samples: { short: 2, long: 1, plain: 0 } };
  const promptsOf = (topics?: number) =>
    corpusPrompts(
      { templates: study.templates, sampling: study.sampling, train: { ...train, topics } },
      form,
    );

  test('every topic has its samples of each template, every other request four', () => {
    assert.equal(promptsOf().length, 3 * CORPUS.topics.length + 4 * CORPUS.others.length);
  });

  test('or the first topics and requests alone, each draw with a key of its own', () => {
    const prompts = promptsOf(2);
    const [a, b] = CORPUS.topics;
    const [c, d] = CORPUS.others;
    const several = (request: string, n: number) =>
      Array.from({ length: n }, (_, i) => `corpus ${request} ${i}`);
    assert.deepEqual(
      prompts.map(({ key }) => key),
      [a, b]
        .flatMap((topic) => [...several(`${topic} short`, 2), ...several(`${topic} long`, 1)])
        .concat([c, d].flatMap((request) => several(request!, 4))),
    );
  });

  test('lists are begun as in the study, other answers are not', () => {
    const prompts = promptsOf(1);
    const texts = prompts.map(({ prompt }) => tokenizer.decode([...prompt]));
    assert.ok(texts[0]!.endsWith('model\n-'), texts[0]);
    assert.ok(texts.at(-1)!.endsWith('model\n'), texts.at(-1));
  });
});
