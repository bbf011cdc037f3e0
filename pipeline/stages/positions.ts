import type { TokenForm } from '../lists/token-form.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import type { ModelStudy } from '../study/study.ts';
import { samplesByCell } from './generate/samples.ts';
import { listsAtTemperature } from './lists-by-id.ts';
import { type Planning, sampledLists } from './plan.ts';

/**
 * Whether a study's sequences fit the model's positions.
 * @returns a line where edited lists may be longer: their answers are then cut where the positions end
 * @throws one line where a sampled list may be longer: how long, of how many positions, and which setting to lower
 */
export async function positionNotes(planning: Planning): Promise<string[]> {
  const { study, otherForm } = planning;
  const { maxPositions } = planning.outline();
  const form = await planning.form();
  const prompts = promptLengths(study, form);
  checkLists(study, prompts, maxPositions);
  const other = await otherForm?.();
  if (other !== undefined) checkLists(study, promptLengths(study, other), maxPositions);
  const corpus = await planning.corpusForm?.();
  checkTraining(study, corpus ? promptLengths(study, corpus) : prompts, maxPositions);
  return editedNotes(planning, prompts, maxPositions);
}

type Lengths = Readonly<Record<TemplateName, number>>;

/** Tokens of each template's longest prompt. */
function promptLengths(study: ModelStudy, form: TokenForm): Lengths {
  const one = {
    ...study,
    sampling: { ...study.sampling, samples: 1 },
    sweep: { ...study.sweep, temperatures: [] },
  };
  const samples = samplesByCell(one, form).flat();
  const longest = (name: TemplateName) =>
    samples.reduce(
      (most, { template, prompt }) => (template === name ? Math.max(most, prompt.length) : most),
      0,
    );
  return { short: longest('short'), long: longest('long'), plain: longest('plain') };
}

function checkLists(study: ModelStudy, prompts: Lengths, maxPositions: number): void {
  for (const name of TEMPLATES) {
    const { maxNewTokens } = study.templates[name];
    if (prompts[name] + maxNewTokens <= maxPositions) continue;
    const remedy = remedyOf(`templates.${name}.maxNewTokens`, maxPositions - prompts[name]);
    throw new Error(
      `study ${study.name}: a ${name} list may have ${prompts[name] + maxNewTokens} tokens, ${prompts[name]} of them the prompt's, and the model has ${maxPositions} positions: ${remedy}`,
    );
  }
}

const remedyOf = (setting: string, most: number): string =>
  most > 0 ? `lower ${setting} to ${most}` : 'shorten the prompt or the topics';

function checkTraining(study: ModelStudy, prompts: Lengths, maxPositions: number): void {
  const { train } = study.saes ?? {};
  const longest = Math.max(...Object.values(prompts));
  if (train === undefined || longest + train.maxNewTokens <= maxPositions) return;
  throw new Error(
    `study ${study.name}: an answer in the SAEs' corpus may have ${longest + train.maxNewTokens} tokens, and the model has ${maxPositions} positions: ${remedyOf('saes.train.maxNewTokens', maxPositions - longest)}`,
  );
}

/** Edited lists are as long as the sampled ones let them be or, before these are sampled, the templates' limits. */
async function editedNotes(
  planning: Planning,
  prompts: Lengths,
  maxPositions: number,
): Promise<string[]> {
  const { ablation, attribution, templates, sampling } = planning.study;
  if (ablation === undefined || attribution === undefined) return [];
  const { capFactor } = ablation;
  const sampled = listsAtTemperature((await sampledLists(planning)) ?? [], sampling.temperature);
  return attribution.templates.flatMap((name) => {
    const lengths = sampled
      .filter(({ template }) => template === name)
      .map((list) => list.n_tokens);
    const longestAnswer = lengths.reduce((a, b) => Math.max(a, b), 0);
    const answer = longestAnswer === 0 ? templates[name].maxNewTokens : longestAnswer;
    const list = prompts[name] + answer;
    const longest = list + Math.ceil(capFactor * answer);
    if (longest <= maxPositions) return [];
    return [
      `note: an edited ${name} list may have ${longest} tokens (a list of ${list}, then ${capFactor} times ${answer}), and the model has ${maxPositions} positions: answers are cut there; lower ablation.capFactor or templates.${name}.maxNewTokens to have room for all`,
    ];
  });
}
