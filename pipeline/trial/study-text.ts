import { stringify } from 'yaml';
import type { ListForm } from '../lists/form.ts';
import { FORMS, type FormName } from '../lists/forms.ts';
import { TEMPLATES, type TemplateName } from '../schema/templates.ts';
import type { SubjectName } from '../subjects/all.ts';
import { requestOf, STUDY_TOPICS, type WordPair } from './requests.ts';

/** What a trial found out, and a study's file is written from. */
export interface StudyFacts {
  readonly name: string;
  /** The study's `model`. */
  readonly model: object;
  readonly chats: boolean;
  readonly subject: SubjectName;
  readonly nLayers: number;
  readonly dModel: number;
  /** Limit on an answer's tokens. */
  readonly maxNewTokens: number;
  /** Null where it could not be told. */
  readonly form: ({ readonly name: FormName } & Pick<ListForm, 'request' | 'layout'>) | null;
  readonly words: WordPair | null;
  /** Why the form was chosen, or was not; what the word does. One line each. */
  readonly reasons: { readonly form: string; readonly words: string };
}

/** What stands where a trial could not tell: `compute` refuses it. */
export const UNKNOWN = 'TO BE FILLED IN';

/** The text of a study's file, each choice with its reason. */
export const studyText = (facts: StudyFacts): string =>
  [headText(facts), listsText(facts), measuresText(facts), saesText(facts)].join('\n');

function headText({ name, model, chats, subject, form, reasons }: StudyFacts): string {
  return `# A study that "npm run study -- new" proposes from a trial of the model. Every value can be changed; a value
# "${UNKNOWN}" is one that the trial could not tell, and "npm run compute" refuses it.
name: ${name}
kind: run
${chats ? '# It has a chat template, and was trained to answer.' : '# It has no chat template: texts are continued.'}
modelKind: ${chats ? 'instruct' : 'base'}
${stringify({ model })}
# Found by model_type and by the tokens of its turns.
subject: ${subject}
# ${reasons.form}
form: ${form?.name ?? UNKNOWN}

# Of sampling and the bootstrap.
seed: 2024
# Sequences in a batch, fewer where the memory asks for it; no result depends on it.
batchSize: 46
`;
}

function listsText({ form, words, reasons, maxNewTokens }: StudyFacts): string {
  const asked = form ?? FORMS['hyphens-turn'];
  const shown = words ?? { short: ` ${UNKNOWN}`, long: ` ${UNKNOWN}` };
  const template = (name: TemplateName) => ({
    prompt: requestOf(asked, name, shown),
    ...(name !== 'plain' && {
      qualifier: shown[name],
      swapFor: shown[name === 'short' ? 'long' : 'short'],
    }),
    maxNewTokens,
  });
  const templates = Object.fromEntries(TEMPLATES.map((name) => [name, template(name)]));
  return `# Intervals are over topics: the more there are, the narrower.
${yaml({ topics: STUDY_TOPICS })}
# \`qualifier\` is the word that sets the length, one token, and \`swapFor\` the one that takes its place.
# ${reasons.words}
${yaml({ templates })}
# Lists of each topic and template.
sampling: { temperature: 0.8, topP: 0.9, samples: 5 }
sweep: { template: short, temperatures: [0.1, 0.5, 1.1], samples: 2 }
`;
}

function measuresText({ nLayers }: StudyFacts): string {
  const every = Math.max(1, Math.ceil(nLayers / 6));
  const layers = Array.from({ length: nLayers }, (_, layer) => layer).filter(
    (layer) => layer % every === 0,
  );
  return `entropy: { templates: [short, long] }
# The map over single positions takes a run for each layer and position: six layers show where the word acts.
patching: { template: short, lists: first, layers: [${layers.join(', ')}] }
`;
}

function saesText({ nLayers, dModel }: StudyFacts): string {
  const depths = [0.35, 0.5, 0.65].map((depth) => Math.floor(depth * nLayers));
  const layers = [...new Set(depths)];
  const ids = layers.map((layer) => `res_${layer}`);
  const middle = layers[Math.floor(layers.length / 2)]!;
  return `# Three SAEs about the middle of the model, trained by the project on the model's answers about other topics. Four times as
# many features as the model has dimensions, a tenth of them active.
saes:
  train: { seed: 1, samples: { short: 2, long: 1, plain: 1 }, maxNewTokens: 120, k: ${Math.max(1, Math.floor(dModel / 10))}, epochs: 4, batch: 1024, rate: 0.003 }
  measuredOn: topics
  width: "${4 * dModel}"
  ids: [${ids.join(', ')}]
# The ends of lists with the word "short", by integrated gradients; some features are also changed one at a time.
attribution: { templates: [short], top: 100, method: integrated, steps: 9, tolerance: 0.1, exact: { cells: 5, lists: first } }
# Five features are edited in every list, of the middle SAE alone, which takes the longest of all stages; random features are the
# controls, and features that are chosen on half of the topics are tested on the others.
ablation:
  { k: 5, doses: [1, 20], capFactor: 1, protocols: [from-prompt], draws: 5, controls: { draws: 20, written: 3, lists: first }, splits: 5, others: first lists, saes: [res_${middle}] }
# Baselines without features. 0 must change nothing.
baselines: { layers: [${middle}], strengths: [0, 0.2, 0.4], endLogits: [0, 2, 4], scored: first lists }
bootstrap: { resamples: 2000, confidence: 0.95 }
`;
}

const yaml = (value: object): string => stringify(value, { lineWidth: 0 });
