import { activationUses } from '../interp/feature-activations.ts';
import { directionUse, featureLogits } from '../interp/feature-logits.ts';
import { lastLogitDiffUse } from '../interp/last-logit-diff.ts';
import type { Reader, Sequence } from '../interp/reader.ts';
import { deepestOfEachShape, shallowestOfEachShape } from '../interp/sae-sessions.ts';
import { steeredLogitsUses } from '../interp/steered-logits.ts';
import { MAPPED_PROXY } from '../lists/proxies.ts';
import type { SaeFile } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { type ExplanationRow, explanationSummary, explanations } from '../schema/explanations.ts';
import { featureSummary } from '../schema/feature-summary.ts';
import { graphAverageNodes } from '../schema/graph-average.ts';
import { items } from '../schema/items.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { type Context, defineStage } from './define.ts';
import { type ChosenSae, chooseFeatures, distinct } from './explanations/chosen.ts';
import { describe, type SplitList, splitByTopic } from './explanations/described.ts';
import { askModel, JUDGED, type JudgedFeature, judgeRows } from './explanations/judge.ts';
import { outputScores } from './explanations/output-scores.ts';
import { type ActsOf, readActivations } from './explanations/read-activations.ts';
import {
  type Material,
  quotedRows,
  type RuledFeature,
  ruledFeatures,
  ruleRows,
} from './explanations/score-sae.ts';
import { summaryRows } from './explanations/summary.ts';
import { windowsOf } from './explanations/windows.ts';
import { listCounts, longestList } from './extent.ts';
import { type ItemRow, type ListRow, lastItemByList, listsAtTemperature } from './lists-by-id.ts';
import { ofLists } from './of-lists.ts';
import { readerOf } from './reader.ts';

const SETTINGS = ['seed', 'batchSize', 'sampling', 'explained', 'bootstrap'] as const;

type ExplanationsContext = Context<
  (typeof SETTINGS)[number],
  'model' | 'form' | 'saes' | 'explanations',
  'transcoders'
>;

/** Promoted tokens of each feature. */
const TOP = 10;

/** Explained features of one SAE at most, for planning memory. */
const MOST_FEATURES = 500;

/**
 * What do features stand for, and is it true elsewhere? Each gets a label by rule, made from the lists of every other topic, and
 * scores on those of the rest.
 *
 * 1. Read the activations of the most attributed features, and of those of the circuits' average graph.
 * 2. Choose what predicts a feature's activation by cross-validation, and put it into words with the tokens that it promotes.
 * 3. Score on held-out topics, beside the labels of other features; add the feature, and see whether it raises these tokens.
 * 4. Score fetched explanations by the words that they quote, and ask the model itself, where the study says so.
 */
export const explanationsStage = defineStage({
  name: 'explanations',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['model', 'form', 'saes', 'explanations'],
  uses: ['transcoders'],
  reads: [completions, items, tokens, featureSummary],
  readsIfWritten: [graphAverageNodes],
  writes: [explanations, explanationSummary],
  divided: 'SAEs',

  graphs: ({ study: { explained }, model, saes, transcoders, longest, lists }) => {
    const all = distinct([...saes, ...transcoders]);
    const whole = { tokens: longestList(longest), sequences: listCounts(TEMPLATES, lists).all };
    const sequences = (MOST_FEATURES + 1) * explained.lists;
    const steered = { tokens: whole.tokens, sequences, ids: MOST_FEATURES * TOP };
    const asked = { tokens: JUDGED.tokens, sequences: 4 * JUDGED.features * JUDGED.windows };
    return [
      ...activationUses(model, all, whole),
      ...deepestOfEachShape(all).map((sae) => directionUse(model, sae, TOP)),
      ...shallowestOfEachShape(all).flatMap((sae) => steeredLogitsUses(model, sae, steered)),
      ...(explained.judge ? [lastLogitDiffUse(model, asked)] : []),
    ];
  },

  async run(context) {
    const { study, form, read, write, progress } = context;
    const all = listsAtTemperature(await read(completions), study.sampling.temperature);
    const lists = splitByTopic(firstLists(all));
    const chosen = await chosenIn(context);
    if (lists.length === 0 || chosen.length === 0) {
      write(explanations, []);
      write(explanationSummary, []);
      return;
    }
    const reader = readerOf(context);
    const ofFirst = ofLists(lists.map(({ list }) => list));
    const described = describe(lists, await read(tokens, ofFirst), reader.uncounted);
    const material = { described, windows: windowsOf(described, lists), seed: study.seed };
    const actsOf = await readActivations(reader, chosen, { lists, described }, (done) =>
      progress(done, lists.length, 'lists'),
    );
    const sequences = heldOutEnds(lists, await read(items, ofFirst)).slice(
      0,
      study.explained.lists,
    );
    const scoring = { context, reader, material, sequences, actsOf };
    await context.divide(chosen, (own) => scoreAll(scoring, own));
    const scored = await scoreAll(scoring, chosen);
    const rows = scored.flatMap((of) => of.rows);
    const judged = scored.flatMap((of) => of.judged);
    if (study.explained.judge)
      rows.push(...(await judgeRows(askModel(reader, form), judged, material)));
    write(explanations, rows);
    write(explanationSummary, summaryRows(rows, study));
  },
});

/** The first list of each topic and template. */
const firstLists = (lists: readonly ListRow[]): ListRow[] => {
  const cells = Map.groupBy(lists, ({ topic, template }) => `${template} ${topic}`);
  return [...cells.values()].map(([first]) => first!);
};

async function chosenIn({
  study,
  saes,
  transcoders = [],
  read,
}: ExplanationsContext): Promise<ChosenSae<SaeFile>[]> {
  const summary = await read(featureSummary, `metric = '${MAPPED_PROXY}'`);
  const nodes = await read(graphAverageNodes);
  const options = { features: study.explained.features, seed: study.seed };
  return chooseFeatures([...saes, ...transcoders], { summary, nodes }, options);
}

/** The held-out lists that ended, each up to its last item's last token. */
function heldOutEnds(lists: readonly SplitList[], rows: readonly ItemRow[]): Sequence[] {
  const lastItems = lastItemByList(rows);
  return lists.flatMap(({ list: { sample_id, token_ids }, part }) => {
    const last = lastItems.get(sample_id);
    if (part !== 'held out' || last === undefined) return [];
    return [{ ids: token_ids.slice(0, last.pos_last_token + 1) }];
  });
}

interface Scoring {
  readonly context: ExplanationsContext;
  readonly reader: Reader;
  readonly material: Material;
  /** After which features are added. */
  readonly sequences: readonly Sequence[];
  readonly actsOf: ActsOf;
}

interface ScoredSae {
  readonly rows: readonly ExplanationRow[];
  /** The explained features, for the judge. */
  readonly judged: readonly JudgedFeature[];
}

/** Labels and scores of every SAE's features. An SAE that an interrupted run has scored is not scored again. */
async function scoreAll(
  scoring: Scoring,
  chosen: readonly ChosenSae<SaeFile>[],
): Promise<ScoredSae[]> {
  const { context, actsOf } = scoring;
  const scored: ScoredSae[] = [];
  for (const [i, of] of chosen.entries()) {
    const rows = await context.keep(of.sae.id, () => scoreSae(scoring, of));
    const acts = actsOf(of.sae.id);
    const judged = rows
      .filter(({ method }) => method === 'rule')
      .map((row) => ({ row, acts: acts[of.features.indexOf(row.feature)]! }));
    scored.push({ rows, judged });
    context.progress(i + 1, chosen.length, 'SAEs');
  }
  return scored;
}

async function scoreSae(
  { context, reader, material, sequences, actsOf }: Scoring,
  of: ChosenSae<SaeFile>,
): Promise<ExplanationRow[]> {
  const { form, explanations: fetched } = context;
  const features = ruledFeatures(of.features, actsOf(of.sae.id), material);
  const sae = await of.sae.load();
  const logits = await featureLogits(reader, sae, { features: of.features, top: TOP });
  const values = features.slice(0, of.explained).map((feature) => largestOf(feature, material));
  const labelling = {
    logits,
    outputScores: await outputScores(reader, sae, { logits, values, sequences }),
    token: form.tokenizer.token,
  };
  return [
    ...ruleRows(of, features, labelling, material),
    ...quotedRows(of, features, fetched.forSae(of.sae.id), material),
  ];
}

/** The largest activation in the training topics; null where there is none. */
function largestOf({ acts }: RuledFeature, { described: { training } }: Material): number | null {
  const largest = training.reduce((most, position) => Math.max(most, acts[position]!), 0);
  return largest > 0 ? largest : null;
}
