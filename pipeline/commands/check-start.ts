import { isPlainText, UNKNOWN } from '../lists/plain-text.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { TOPICS } from '../miniature/topics.ts';
import { parseSaeId } from '../sae/sae.ts';
import { TEMPLATES } from '../schema/templates.ts';
import type { Planning } from '../stages/plan.ts';
import { positionNotes } from '../stages/positions.ts';
import { userMessage } from '../study/message.ts';
import type { ModelStudy } from '../study/study.ts';
import type { Run } from './run.ts';

/**
 * What can be known of a study before anything runs, from its settings, its tokenizer and the model's sizes.
 * @returns lines for the user: limits that answers will meet, topics that the model cannot spell
 * @throws one line where a stage would fail, or read other prompts than the study says
 */
export async function checkStart({ planning }: Pick<Run, 'planning'>): Promise<string[]> {
  if (planning === null) return [];
  const { study } = planning;
  checkProcess(study);
  checkLayers(planning);
  const form = await planning.form();
  checkSpecialTokens(study, form);
  return [...unspelt(study, form), ...(await positionNotes(planning))];
}

/** The process that the miniature learnt has topics of its own. */
function checkProcess({ kind, name, topics }: ModelStudy): void {
  const unknown = topics.find((topic) => kind === 'miniature' && !Object.hasOwn(TOPICS, topic));
  if (unknown === undefined) return;
  const known = Object.keys(TOPICS).join(', ');
  throw new Error(
    `study ${name}: topics: the miniature's process has no ${JSON.stringify(unknown)}: choose from ${known}, or set kind: run`,
  );
}

function checkLayers({ study, outline }: Planning): void {
  const { nLayers } = outline().dims;
  const { patching, baselines, saes, circuits } = study;
  const named = {
    'patching.layers': patching?.layers,
    'baselines.layers': baselines?.layers,
    'saes.ids': saes?.ids.map(layerOf),
    'circuits.transcoders': circuits?.transcoders.map(layerOf),
  };
  for (const [field, layers = []] of Object.entries(named)) {
    const beyond = layers.find((layer) => layer >= nLayers);
    if (beyond !== undefined)
      throw new Error(
        `study ${study.name}: ${field}: layer ${beyond}, and the model has ${nLayers}: name layers from 0 to ${nLayers - 1}`,
      );
  }
}

const layerOf = (saeId: string): number => parseSaeId(saeId).layer;

/** A topic that spells out a special token, such as the end of a turn, would make another prompt of the template. */
function checkSpecialTokens({ name, topics, templates }: ModelStudy, form: TokenForm): void {
  for (const template of TEMPLATES)
    if (!isPlainText(userMessage(templates[template], ''), form))
      throw new Error(
        `study ${name}: templates.${template}.prompt spells out a special token of the tokenizer: leave it out`,
      );
  const topic = topics.find((each) => !isPlainText(each, form));
  if (topic !== undefined)
    throw new Error(
      `study ${name}: topic ${JSON.stringify(topic)} spells out a special token of the tokenizer: leave it out`,
    );
}

/** A topic is tokenised as part of its message: what stands alone may have no token, as with a blank before it. */
function unspelt({ topics, templates }: ModelStudy, { tokenizer }: TokenForm): string[] {
  const unknown = (topic: string) =>
    tokenizer
      .encode(userMessage(templates.short, topic))
      .filter((id) => tokenizer.token(id) === UNKNOWN).length;
  return topics
    .filter((topic) => unknown(topic) > unknown(''))
    .map(
      (topic) =>
        `note: topic ${JSON.stringify(topic)} has parts that the model's tokenizer has no token for: its prompts have ${UNKNOWN} there`,
    );
}
