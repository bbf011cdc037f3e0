import type { ModelDims } from '../models/architecture.ts';
import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/session.ts';
import { hooksOf } from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { parseSaeId, type SaeSpec } from '../sae/sae.ts';
import type { completions } from '../schema/completions.ts';
import type { Row } from '../schema/table.ts';
import { TEMPLATES } from '../schema/templates.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Study } from '../study/study.ts';
import { longestPrompt } from './1-generate.ts';
import type { Extent } from './stage.ts';

export interface Known {
  readonly study: Study;
  readonly provider: Provider;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Null where they are not drawn yet. */
  readonly lists:
    | readonly Pick<Row<typeof completions>, 'template' | 'temperature' | 'token_ids'>[]
    | null;
}

/** How large a study's graphs get: by its lists, or by the most and longest that it allows. */
export function extentOf({ study, provider, model, tokenizer, lists }: Known): Extent {
  const prompt = longestPrompt(study, tokenizer);
  const longest = (template: Template): number => {
    if (lists === null) return prompt + study.templates[template].maxNewTokens;
    const own = lists.filter((list) => list.template === template);
    return Math.max(prompt, ...own.map(({ token_ids }) => token_ids.length));
  };
  const drawn = study.topics.length * Math.max(study.sampling.samples, study.sweep.samples);
  const together = (template: Template): number => {
    if (lists === null) return drawn;
    const own = lists.filter((list) => list.template === template);
    const cells = Map.groupBy(own, ({ temperature }) => temperature).values();
    return Math.max(0, ...[...cells].map(({ length }) => length));
  };
  return {
    study,
    provider,
    model,
    saes: specsOf(study.saes, model.dims),
    longest: { prompt, ...ofTemplates(longest) },
    lists: ofTemplates(together),
  };
}

type Template = (typeof TEMPLATES)[number];

const ofTemplates = (of: (template: Template) => number) =>
  Object.fromEntries(TEMPLATES.map((template) => [template, of(template)])) as Record<
    Template,
    number
  >;

/** A study's SAEs as their names have them, which may not be here yet. */
export const specsOf = ({ hub, width, ids }: Study['saes'], dims: ModelDims): SaeSpec[] =>
  ids.map((id) => {
    const { family, layer } = parseSaeId(id);
    const [hook, outputHook] = hooksOf(releaseOf(hub), family, layer);
    const d = family === 'att' ? dims.nHeads * dims.dHead : dims.dModel;
    return { id, family, layer, hook, outputHook, dIn: d, dSae: featuresOf(width), dOut: d };
  });

/** `16k` is 16,384. */
const featuresOf = (width: string): number =>
  width.endsWith('k') ? Number(width.slice(0, -1)) * 1024 : Number(width);
