import type { Graph } from '../../graph/builder.ts';
import { readFeatures } from '../../interp/active-features.ts';
import { setFeatures } from '../../interp/set-features.ts';
import { listMetrics } from '../../lists/list-metrics.ts';
import { writeOptions } from '../../live/live-lists.ts';
import { readAnswer, trueEnds } from '../../live/read-lists.ts';
import { type LiveToken, writeLists } from '../../live/write-lists.ts';
import { BATCH_FACTOR, type Completion, generate, type Prompt } from '../../runtime/generate.ts';
import { openSession } from '../../runtime/session.ts';
import type { Sae } from '../../sae/sae.ts';
import { LIVE_ARMS, type LiveArm, type LiveListRow, type LiveModel } from '../../schema/live.ts';
import { zeroed } from '../ablate/edits.ts';
import type { BaselineSetting } from '../baselines/setting.ts';
import type { ListRow } from '../lists-by-id.ts';

interface LiveLists {
  readonly sae: Sae;
  /** The graph that the page runs. */
  readonly step: Graph;
  readonly parts: LiveModel;
  /** The sampled lists, all of one template. */
  readonly lists: readonly ListRow[];
}

/** A list to be written, and what it is. */
interface Planned {
  readonly list: ListRow;
  readonly arm: LiveArm;
  readonly prompt: Prompt;
}

/**
 * Write each list as it was sampled, and with the labelled features at zero at the word, by the pipeline's own generation; then by
 * what the page runs, which must write the same tokens and says how probable the end was.
 * @throws where they differ
 */
export async function writeLiveLists(
  setting: BaselineSetting,
  lists: LiveLists,
): Promise<LiveListRow[]> {
  const planned = await plan(setting, lists);
  const written = await generateLists(setting, lists, planned);
  const ofPage = await pageLists(setting, lists, planned);
  return planned.map(({ list, arm, prompt: { prompt } }, i) => {
    const { ids, ended } = written[i]!;
    const page = ofPage[i]!;
    if (page.ids.join() !== ids.join())
      throw new Error(
        `${list.sample_id}, ${arm}: the graph of the page try/ writes other tokens than the pipeline: mend pipeline/live`,
      );
    const whole = { ids: [...prompt, ...ids], promptLength: prompt.length, ended };
    const { n_items, text } = listMetrics(whole, setting.form).metrics;
    const { sample_id, topic, template: word } = list;
    const { p_end, true_p_end } = page;
    const token_ids = [...ids];
    return { sample_id, topic, word, arm, token_ids, text, n_items, ended, p_end, true_p_end };
  });
}

/** The lists as the pipeline writes them. */
const generateLists = (
  { study, reader, form }: BaselineSetting,
  { sae, lists }: LiveLists,
  planned: readonly Planned[],
): Promise<Completion[]> =>
  generate(
    reader.model,
    planned.map(({ prompt }) => prompt),
    {
      provider: reader.provider,
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      maxNewTokens: study.templates[lists[0]!.template].maxNewTokens,
      stopIds: form.stopIds,
      batchSize: reader.batchSize * BATCH_FACTOR,
      intervention: { hook: sae.outputHook },
    },
  );

async function plan(
  { reader }: BaselineSetting,
  { sae, parts, lists }: LiveLists,
): Promise<Planned[]> {
  const { labelled } = parts.features;
  const prompts = new Map(parts.prompts.map((p) => [`${p.topic} ${p.word}`, p]));
  const readings = lists.map(({ topic, template }) => {
    const { ids, wordPos } = prompts.get(`${topic} ${template}`)!;
    return { ids, positions: wordPos === null ? [] : [wordPos] };
  });
  const features = await readFeatures(reader, sae, readings);
  return lists.flatMap((list, i) =>
    LIVE_ARMS.map((arm): Planned => {
      const active = features[i]!.active.filter(({ feature }) => labelled.includes(feature));
      const additions = arm === 'edited' ? setFeatures(reader, sae, zeroed(active)) : [];
      return { list, arm, prompt: { key: list.sample_id, prompt: readings[i]!.ids, additions } };
    }),
  );
}

/** The lists as the page writes them, and how probable the end was after each item. */
async function pageLists(
  { reader, study }: BaselineSetting,
  { step, parts, lists }: LiveLists,
  planned: readonly Planned[],
) {
  await using session = await openSession(step, reader);
  const tokens: LiveToken[][] = planned.map(() => []);
  const options = writeOptions(parts, {
    word: lists[0]!.template,
    temperature: study.sampling.temperature,
  });
  const work = {
    starts: planned.map(({ prompt: { prompt, additions = [] } }) => ({ ids: prompt, additions })),
    lists: planned.map(({ prompt: { key } }, start) => ({ start, key })),
  };
  const written = await writeLists(session.run, work, options, (step) => {
    step.forEach((token, i) => {
      if (token !== null) tokens[i]!.push(token);
    });
  });
  return written.map((ids, i) => {
    const { topic, template: word } = planned[i]!.list;
    const { items } = readAnswer(ids, parts);
    return {
      ids,
      p_end: items.map(({ next }) => tokens[i]![next]!.p[parts.setting.itemEnd]!),
      true_p_end: trueEnds(items, { items: parts.process[topic] ?? [], word }),
    };
  });
}
