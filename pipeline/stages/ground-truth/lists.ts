import type { Progress } from '../../engine/progress.ts';
import { parseList } from '../../lists/parse-list.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { GeneratingProcess } from '../../miniature/generating-process.ts';
import { TEMPLATES, type TemplateName } from '../../schema/templates.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { Settings } from '../../study/study.ts';
import { groupByList, type ItemRow, type ListRow } from '../lists-by-id.ts';

/** A list written by the model or by the process. */
export interface NamedList {
  readonly template: TemplateName;
  readonly topic: string;
  /** The text of each item. */
  readonly names: readonly string[];
  readonly blankAfterLast: boolean;
}

/** Lists sampled from the process for each topic and template. */
const PROCESS_LISTS = 20;

/** The model's lists. */
export function modelLists(lists: readonly ListRow[], rows: readonly ItemRow[]): NamedList[] {
  const itemsOf = groupByList(rows);
  return lists.map(({ sample_id, template, topic }) => {
    const items = itemsOf.get(sample_id) ?? [];
    const names = items.map(({ text }) => text);
    return { template, topic, names, blankAfterLast: items.at(-1)?.blank_after ?? false };
  });
}

/** Lists sampled from the process at the study's temperature and top-p. */
export function sampleProcess(
  { seed, topics, sampling }: Pick<Settings, 'seed' | 'topics' | 'sampling'>,
  { process, form }: { readonly process: GeneratingProcess; readonly form: TokenForm },
  progress: Progress,
): NamedList[] {
  const sample = (template: TemplateName, topic: string, i: number): NamedList => {
    const random = keyedRandom(seed, `process ${template} ${topic} ${i}`);
    const answer = process.write({ topic, qualifier: template }, random, sampling);
    return { template, topic, ...parseAnswer(answer, form) };
  };
  return topics.flatMap((topic, done) => {
    progress(done + 1, topics.length, 'topics');
    return TEMPLATES.flatMap((template) =>
      Array.from({ length: PROCESS_LISTS }, (_, i) => sample(template, topic, i)),
    );
  });
}

/** @param answer ids of the tokens after the opening */
function parseAnswer(
  answer: readonly number[],
  { listForm, tokenizer }: TokenForm,
): Pick<NamedList, 'names' | 'blankAfterLast'> {
  const tokens = [listForm.opening, ...answer.map(tokenizer.token)];
  const { items } = parseList(tokens, { layout: listForm.layout, answerStart: 0, ended: true });
  const names = items.map(({ posFirstToken, posLastToken }) =>
    tokens
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
  return { names, blankAfterLast: items.at(-1)?.blankAfter ?? false };
}
