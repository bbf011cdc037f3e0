import { upTo } from '../graph/graph-use.ts';
import { countRepeats } from '../lists/parse-list.ts';
import { type ReadList, readList } from '../lists/read-list.ts';
import { type Completion, generate } from '../runtime/generate.ts';
import { generationUse } from '../runtime/generation-memory.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { type Study, slug, userMessage } from '../study/study.ts';
import { defineStage, listsOf, longestList } from './stage.ts';

/** Every answer is begun for the model, with the first item's hyphen (one token), as in the write-up. */
const ANSWER_START = '-';

/** What ends an answer. */
export const stopIdsOf = (tokenizer: Tokenizer): number[] =>
  ['<end_of_turn>', '<eos>'].map(tokenizer.id);

/** A list with everything that was asked and answered. */
export interface Sample {
  readonly id: string;
  readonly topic: string;
  readonly template: TemplateName;
  readonly temperature: number;
  readonly replicate: number;
  readonly prompt: readonly number[];
}

/** Sample lists: every topic and template at one temperature, then one template at several more. */
export const generateStage = defineStage({
  name: '1-generate',
  source: import.meta.url,
  config: ['model', 'seed', 'batchSize', 'topics', 'templates', 'sampling', 'sweep'],
  reads: [],
  writes: [completions, items, tokens],

  graphs: ({ provider, model, longest, lists }) => {
    const length = { prompt: longest.prompt, list: longestList(longest) };
    return [upTo(listsOf(TEMPLATES, lists).ofOne, generationUse(model, provider, length))];
  },

  async run({ study, provider, model, tokenizer, write, progress }) {
    const gemma = model();
    const tokenize = tokenizer();
    const stopIds = stopIdsOf(tokenize);
    const cells = cellsOf(study, tokenize);
    checkTokens(study, tokenize, cells.flat());
    const total = cells.flat().length;
    const lists: List[] = [];
    for (const samples of cells) {
      const { template, temperature } = samples[0]!;
      const answers = await generate(
        gemma,
        samples.map(({ id, prompt }) => ({ key: id, prompt })),
        {
          provider,
          seed: study.seed,
          temperature,
          topP: study.sampling.topP,
          maxNewTokens: study.templates[template].maxNewTokens,
          stopIds,
          batchSize: study.batchSize,
          onProgress: (done) => progress(lists.length + done, total, 'lists'),
        },
      );
      lists.push(...samples.map((sample, i) => listOf(sample, answers[i]!, tokenize)));
      progress(lists.length, total, 'lists');
    }
    const rows = rowsOf(lists);
    write(completions, rows.completions);
    write(items, rows.items);
    write(tokens, rows.tokens);
  },
});

/** Tokens of the longest prompt of a study. */
export const longestPrompt = (study: Parameters<typeof cellsOf>[0], tokenizer: Tokenizer): number =>
  Math.max(...cellsOf(study, tokenizer).flatMap((of) => of.map(({ prompt }) => prompt.length)));

/** The samples to draw, those of one template and temperature together. */
function cellsOf(
  study: Pick<Study, 'topics' | 'templates' | 'sampling' | 'sweep'>,
  tokenizer: Tokenizer,
): Sample[][] {
  const { sampling, sweep } = study;
  const cell = (template: TemplateName, temperature: number, samples: number): Sample[] =>
    study.topics.flatMap((topic) => {
      const message = userMessage(study.templates[template], topic);
      const prompt = tokenizer.encode(tokenizer.chatPrompt(message) + ANSWER_START);
      return Array.from({ length: samples }, (_, replicate) => ({
        id: `${slug(topic)}_${template}_t${temperature}_${replicate}`,
        topic,
        template,
        temperature,
        replicate,
        prompt,
      }));
    });
  return [
    ...TEMPLATES.map((template) => cell(template, sampling.temperature, sampling.samples)),
    ...sweep.temperatures.map((t) => cell(sweep.template, t, sweep.samples)),
  ];
}

/**
 * Look up every token that a later stage needs by name, so that a tokenizer that lacks one stops the study
 * before it replaces a table.
 * @throws where the tokenizer lacks a token, or a prompt does not hold its qualifier as one token
 */
function checkTokens(
  { templates }: Pick<Study, 'templates'>,
  tokenizer: Tokenizer,
  samples: readonly Sample[],
): void {
  for (const token of [ANSWER_START, '\n', ' ']) tokenizer.id(token);
  for (const { template, prompt, id } of samples) {
    const { qualifier } = templates[template];
    if (qualifier !== undefined && !prompt.includes(tokenizer.id(qualifier)))
      throw new Error(
        `no "${qualifier}" token in the prompt of ${id}: spell the qualifier as one token`,
      );
  }
}

/** The rows of the three tables. */
export const rowsOf = (lists: readonly List[]) => ({
  completions: lists.map(completionRow),
  items: lists.flatMap(itemRows),
  tokens: lists.flatMap(tokenRows),
});

export interface List extends ReadList {
  readonly sample: Sample;
  readonly completion: Completion;
  /** Prompt and completion. */
  readonly ids: readonly number[];
}

export function listOf(sample: Sample, completion: Completion, tokenizer: Tokenizer): List {
  const ids = [...sample.prompt, ...completion.ids];
  const read = readList(ids, sample.prompt.length, completion.ended, tokenizer);
  return { sample, completion, ids, ...read };
}

const completionRow = ({
  sample,
  completion,
  ids,
  names,
  text,
}: List): Row<typeof completions> => ({
  sample_id: sample.id,
  template: sample.template,
  topic: sample.topic,
  temperature: sample.temperature,
  replicate: sample.replicate,
  n_items: names.length,
  n_tokens: completion.ids.length,
  n_repeats: countRepeats(names),
  ended: completion.ended,
  n_prompt_tokens: sample.prompt.length,
  text,
  token_ids: [...ids],
});

const itemRows = ({ sample, completion, parsed, names }: List): Row<typeof items>[] =>
  parsed.items.map((item, index) => ({
    sample_id: sample.id,
    item_index: index,
    items_from_end: completion.ended ? names.length - 1 - index : null,
    text: names[index]!,
    n_tokens: item.posLastToken - item.posFirstToken + 1,
    blank_after: item.blankAfter,
    is_repeat: countRepeats(names.slice(0, index + 1)) > countRepeats(names.slice(0, index)),
    pos_last_token: item.posLastToken,
    pos_newline: item.posNewline,
  }));

const tokenRows = ({ sample, ids, pieces, parsed }: List): Row<typeof tokens>[] =>
  ids.map((id, pos) => ({
    sample_id: sample.id,
    pos,
    token_id: id,
    token: pieces[pos]!,
    is_prompt: pos < sample.prompt.length,
    item_index: parsed.itemIndex[pos]!,
    kind: parsed.kinds[pos]!,
  }));
