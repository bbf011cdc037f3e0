import type { Available } from '../engine/stage.ts';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/provider.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import type { Settings } from '../study/study.ts';
import type { SampleSettings } from './generate/samples.ts';
import type { ListRow } from './lists-by-id.ts';

/** Everything that determines the sizes of a stage's graphs. */
export interface Extent {
  readonly settings: Available<Settings>;
  readonly provider: Provider;
  /** Shapes only, no weights. */
  readonly model: Model;
  /** Leading positions of a sequence that every measurement leaves out. */
  readonly uncounted: number;
  readonly saes: readonly SaeSpec[];
  readonly transcoders: readonly SaeSpec[];
  /** In tokens: the longest prompt, and the longest sequence (prompt and answer) of each template. */
  readonly longest: Readonly<Record<'prompt' | TemplateName, number>>;
  /** The largest number of lists of each template at one temperature. */
  readonly lists: Readonly<Record<TemplateName, number>>;
}

/** The columns of lists that determine an extent. */
export type DrawnLists = readonly Pick<ListRow, 'template' | 'temperature' | 'token_ids'>[];

/** The lengths and numbers of the lists that were sampled. @param prompt tokens of the longest prompt */
export function drawnExtent(lists: DrawnLists, prompt: number): Pick<Extent, 'longest' | 'lists'> {
  const byTemplate = Map.groupBy(lists, ({ template }) => template);
  const longest = (template: TemplateName): number =>
    Math.max(prompt, ...(byTemplate.get(template) ?? []).map(({ token_ids }) => token_ids.length));
  const largestCell = (template: TemplateName): number => {
    const cells = Map.groupBy(byTemplate.get(template) ?? [], ({ temperature }) => temperature);
    return Math.max(0, ...[...cells.values()].map(({ length }) => length));
  };
  return {
    longest: { prompt, ...forEachTemplate(longest) },
    lists: forEachTemplate(largestCell),
  };
}

/** Upper bounds on lengths and numbers, from the study's settings. @param prompt tokens of the longest prompt */
export function allowedExtent(
  { topics, templates, sampling, sweep }: SampleSettings,
  prompt: number,
): Pick<Extent, 'longest' | 'lists'> {
  const most = topics.length * Math.max(sampling.samples, sweep.samples);
  const longest = (template: TemplateName) => prompt + templates[template].maxNewTokens;
  return {
    longest: { prompt, ...forEachTemplate(longest) },
    lists: forEachTemplate(() => most),
  };
}

const forEachTemplate = (
  value: (template: TemplateName) => number,
): Record<TemplateName, number> => ({
  short: value('short'),
  long: value('long'),
  plain: value('plain'),
});

/** Tokens of the longest sequence of the given templates. */
export const longestOf = (templates: readonly TemplateName[], longest: Extent['longest']): number =>
  Math.max(...templates.map((template) => longest[template]));

/** Tokens of the longest sequence of any template. */
export const longestList = (longest: Extent['longest']): number => longestOf(TEMPLATES, longest);

/** Upper bound on the items of a list of so many tokens: an item has at least two, its marker included. */
export const mostItems = (tokens: number): number => tokens / 2;

/** Number of lists of the given templates in all, and of the template that has most. */
export const listCounts = (templates: readonly TemplateName[], lists: Extent['lists']) => {
  const counts = templates.map((template) => lists[template]);
  return { all: counts.reduce((sum, n) => sum + n, 0), largest: Math.max(...counts) };
};
