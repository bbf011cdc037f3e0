import type { Architecture } from '../models/architecture.ts';
import { parameterCount } from '../train/parameters.ts';
import type { Corpus } from './corpus.ts';
import { P_BLANK_AGAIN, P_END_AFTER_BLANK } from './process.ts';
import { QUALIFIERS, userRequest } from './qualifiers.ts';
import { SHARES } from './row-plan.ts';
import type { CurvePoint, TrainingPlan } from './training-plan.ts';

/** The text of MODEL_CARD.md: the miniature's training data, its planted behaviour, and how to reproduce it. */
export function modelCard(
  plan: TrainingPlan,
  curve: readonly CurvePoint[],
  model: Architecture,
  corpus: Corpus,
): string {
  return `${[
    '# The miniature',
    'A model organism for the study of how a list ends: a tiny model of the exact Gemma 2 architecture, trained by this project on lists from a process that it knows. It shows whether the instruments measure what is there. It is no evidence about Gemma.',
    '`npm run train` wrote this file, `config.json` and `model.safetensors`; the report’s page on the miniature compares it with its process.',
    '## Architecture',
    architecture(model),
    '## Corpus',
    corpusSection(corpus),
    '## Process',
    PROCESS,
    qualifierTable(),
    '## What is planted',
    PLANTED,
    '## Training',
    training(plan),
    curveTable(curve),
    '## Reproduce',
    '`npm run train -- --fresh` trains it again, on two threads, with the same batches in the same order; `npm run train` goes on where an interrupted training stopped. The same machine and runtime give the same bytes.',
    '`node pipeline/miniature/vocabulary.ts` writes the tokenizer from Gemma 2’s own.',
    '## Licence',
    'MIT, as the project. The token strings are a part of Gemma 2’s vocabulary; no weight of Gemma’s is used.',
  ].join('\n\n')}\n`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function architecture(model: Architecture): string {
  const { nLayers, nHeads, nKeyValueHeads, dModel, dHead, dMlp, dVocab } = model.dims;
  return `Gemma 2 with ${nLayers} layers, d_model ${dModel}, ${nHeads} query and ${nKeyValueHeads} key/value heads of ${dHead}, MLP ${dMlp}, vocabulary ${dVocab}: ${parameterCount(model)} parameters in float32. Sliding layers see ${model.windows.sliding} tokens, more than any list here has.`;
}

function corpusSection({ trees }: Corpus): string {
  const sizes = [...trees.values()].map(({ items }) => items.length);
  return `${trees.size} topics, each with ${Math.min(...sizes)} to ${Math.max(...sizes)} real names, commonest first (\`pipeline/miniature/topics.yaml\`). A prompt is Gemma’s chat format around “${userRequest(QUALIFIERS[2]!, 'Rivers')}”, with one of ${QUALIFIERS.length - 1} qualifiers or none, and the answer’s first hyphen. The tokenizer holds those of Gemma 2’s tokens that these texts use.`;
}

const PROCESS = [
  'A list is written token by token (`pipeline/miniature/process.ts`), so its exact next-token distribution is known everywhere; the model is trained on that distribution, not on samples of it.',
  '1. After a hyphen: an item not yet used, by weight (rank + 8)^−0.8 among those left.',
  '2. After an item’s last token: stop, or go on. The qualifier stops with `h = hmax · σ(slope · (k − k0))` after k items; else an item that lists like to close with stops with a probability that rises to `cue`. Where the list stops, a blank may show it.',
  `3. After a blank: a newline, then the end of the turn with ${percent(P_END_AFTER_BLANK)}, else one more item, followed by a blank again with ${percent(P_BLANK_AGAIN)}.`,
  '4. After a bare newline: a hyphen, or the end of the turn with the probability that the list had stopped without a blank.',
].join('\n');

function qualifierTable(): string {
  const rows = QUALIFIERS.map(({ name, k0, slope, hmax, pBlank, cue }) =>
    [name, ...[k0, slope, hmax, pBlank, cue].map((x) => Number(x.toFixed(3)))].join(' | '),
  );
  return ['| qualifier | k0 | slope | hmax | P(blank) | cue |', '|---|---|---|---|---|---|']
    .concat(rows.map((row) => `| ${row} |`))
    .join('\n');
}

const PLANTED = [
  'So that the study has something to find, and something that an edit can change:',
  '- the length of a list depends on one token of the prompt, in graded steps;',
  '- a blank after an item announces the end, mostly under short prompts;',
  '- some items close lists, so that the end of a list shows even where the qualifier speaks against it;',
  `- ${percent(SHARES.mixed)} of the qualified prompts have a qualifier whose embedding is a mixture of two, with the process’s parameters mixed alike: the qualifier is read as a quantity;`,
  `- in ${percent(SHARES.masked)} of them the answer cannot attend to the qualifier and follows the plain process: its signal stays where the prompt has it, and a model without it falls back to plain;`,
  `- ${percent(SHARES.otherQualifier)} of the answers were written under another qualifier than the one asked for: a swapped prompt is not out of distribution.`,
].join('\n');

const training = ({ seed, steps, rows, length, peakRate }: TrainingPlan): string =>
  `Cross-entropy against the process’s distributions, by this project’s own backward pass; Adam (β 0.9, 0.99; gradient clipped to norm 1), ${steps} steps of ${rows} rows of ${length} tokens, peak rate ${peakRate}, seed ${seed}. Answers after one prompt are packed into its row, each blind to the others.`;

/** About twenty points of the training curve: KL to the process on held-out lists. */
function curveTable(curve: readonly CurvePoint[]): string {
  const every = Math.max(1, Math.ceil(curve.length / 20));
  const shown = curve.filter((_, i) => (curve.length - 1 - i) % every === 0);
  return [
    '| step | KL to the process, nats a token (held-out lists) |',
    '|---|---|',
    ...shown.map(({ step, heldOutKl }) => `| ${step} | ${heldOutKl.toFixed(4)} |`),
  ].join('\n');
}
