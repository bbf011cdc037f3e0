import type { Given } from '../engine/stage.ts';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/provider.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import type { Settings } from '../study/study.ts';
import type { SampleSettings } from './generate/samples.ts';
import type { ListRow } from './lists-by-id.ts';

/** What decides how large a stage's graphs are. */
export interface Extent {
  readonly settings: Given<Settings>;
  readonly provider: Provider;
  /** Its shapes alone. */
  readonly model: Model;
  /** Positions at the start of a sequence that count nowhere. */
  readonly uncounted: number;
  readonly saes: readonly SaeSpec[];
  /** In tokens: the longest prompt, and the longest list of each template, its prompt included. */
  readonly longest: Readonly<Record<'prompt' | TemplateName, number>>;
  /** The most lists of each template that are drawn at one temperature. */
  readonly lists: Readonly<Record<TemplateName, number>>;
}

/** Lists as far as their number and length go. */
export type DrawnLists = readonly Pick<ListRow, 'template' | 'temperature' | 'token_ids'>[];

/** How long and how many lists get, by those that were drawn. */
export function drawnExtent(lists: DrawnLists, prompt: number): Pick<Extent, 'longest' | 'lists'> {
  const byTemplate = Map.groupBy(lists, ({ template }) => template);
  const longest = (template: TemplateName): number =>
    Math.max(prompt, ...(byTemplate.get(template) ?? []).map(({ token_ids }) => token_ids.length));
  const together = (template: TemplateName): number => {
    const cells = Map.groupBy(byTemplate.get(template) ?? [], ({ temperature }) => temperature);
    return Math.max(0, ...[...cells.values()].map(({ length }) => length));
  };
  return { longest: { prompt, ...byName(longest) }, lists: byName(together) };
}

/** The same by the most and longest that a study allows. */
export function allowedExtent(
  { topics, templates, sampling, sweep }: SampleSettings,
  prompt: number,
): Pick<Extent, 'longest' | 'lists'> {
  const most = topics.length * Math.max(sampling.samples, sweep.samples);
  const longest = (template: TemplateName) => prompt + templates[template].maxNewTokens;
  return { longest: { prompt, ...byName(longest) }, lists: byName(() => most) };
}

const byName = (value: (template: TemplateName) => number): Record<TemplateName, number> => ({
  short: value('short'),
  long: value('long'),
  plain: value('plain'),
});

/** Tokens of the longest list of some templates. */
export const longestOf = (templates: readonly TemplateName[], longest: Extent['longest']): number =>
  Math.max(...templates.map((template) => longest[template]));

/** Of all templates. */
export const longestList = (longest: Extent['longest']): number => longestOf(TEMPLATES, longest);

/** Lists of some templates together, and the most of any one of them. */
export const listCounts = (templates: readonly TemplateName[], lists: Extent['lists']) => {
  const counts = templates.map((template) => lists[template]);
  return { all: counts.reduce((sum, n) => sum + n, 0), ofOne: Math.max(...counts) };
};
