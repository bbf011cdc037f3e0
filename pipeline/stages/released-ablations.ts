import { listMetrics } from '../lists/list-metrics.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { ablationEffects } from '../schema/ablation-effects.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { ablationCounts } from '../schema/released/ablation-counts.ts';
import { ablations } from '../schema/released/ablations.ts';
import type { Row } from '../schema/table.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import { ABLATION_FILES } from '../sources/released/files.ts';
import { readTexts } from '../sources/released/read.ts';
import { variance } from '../stats/variance.ts';
import { effectRows, pooledEffectRows } from './ablate/effects.ts';
import type { Outcome } from './ablate/outcome.ts';
import { defineStage } from './define.ts';
import { type ListRow, lastItemByList, listsAtTemperature, prefixLength } from './lists-by-id.ts';
import { authorCounts, foldedMean } from './released/author-counts.ts';
import { listFromIds } from './released/list-from-ids.ts';

/**
 * Compare the released ablated lists with the lists that they were made from: effects as of any study, and the sums
 * from which the author's tables were made. Nothing was released that was written again without an ablation.
 */
export const releasedAblationsStage = defineStage({
  name: 'released-ablations',
  source: import.meta.url,
  settings: ['released', 'seed', 'bootstrap'],
  needs: ['form', 'released'],
  reads: [completions, items],
  writes: [ablations, ablationEffects, ablationCounts],

  async run({ study, form, released, read, write, progress }) {
    const { tokenizer } = form;
    const { temperature, k } = study.released;
    const lists = listsAtTemperature(await read(completions), temperature, ['short']);
    const last = lastItemByList(await read(items));
    const baselines = lists.map((list) =>
      counted({ list, all: list.token_ids, written: list, ablated: null }, form),
    );
    const groupByList = new Map(baselines.map((baseline) => [placeOf(baseline), baseline]));
    const pairs: Pair[] = [];
    for (const [i, { saeId: sae_id, file }] of ABLATION_FILES.entries()) {
      for (const [topic, texts] of readTexts(released.path(file)))
        for (const [replicate, text] of texts.entries()) {
          const baseline = groupByList.get(`${topic} ${replicate}`);
          if (baseline === undefined) throw new Error(`${file}: no list ${topic} ${replicate}`);
          const { list } = baseline;
          const item = last.get(list.sample_id);
          const prefix = list.token_ids.slice(0, item && prefixLength(item));
          const { ids, keepsPrefix } = encodeAfter(prefix, text, tokenizer);
          const again = listFromIds(list, ids, form);
          const written = { token_ids: [...again.ids], ended: again.completion.ended };
          const all = tokenizer.encode(text);
          const outcome = counted({ list, all, written, ablated: { sae_id, k } }, form);
          pairs.push({ outcome, baseline, keepsPrefix });
        }
      progress(i + 1, ABLATION_FILES.length, 'files');
    }
    const outcomes = pairs.map(({ outcome }) => outcome);
    const settings = { ...study, k };
    write(
      ablations,
      [...baselines, ...outcomes].map(({ row }) => row),
    );
    write(ablationEffects, [
      ...effectRows(outcomes, baselines, settings),
      ...pooledEffectRows(outcomes, baselines, settings),
    ]);
    write(ablationCounts, countRows(pairs));
  },
});

/** A list with what the author counted of it. */
interface Counted extends Outcome {
  readonly list: ListRow;
  readonly hyphens: number;
  readonly shannon: number;
}

interface Pair {
  readonly outcome: Counted;
  readonly baseline: Counted;
  readonly keepsPrefix: boolean;
}

const placeOf = ({ list }: Counted): string => `${list.topic} ${list.replicate}`;

/**
 * A released text as tokens. What was kept of the baseline has its own tokens, and only the rest is encoded: encoded as
 * a whole, a kept hyphen and a hyphen written after it would become one token that neither is.
 */
function encodeAfter(prefix: readonly number[], text: string, tokenizer: Tokenizer) {
  const kept = tokenizer.decode(prefix);
  if (!text.startsWith(kept)) return { ids: tokenizer.encode(text), keepsPrefix: false };
  return { ids: [...prefix, ...tokenizer.encode(text.slice(kept.length))], keepsPrefix: true };
}

interface Countable {
  readonly list: ListRow;
  /** What the author counted: the whole text, encoded again; of a baseline its tokens. */
  readonly all: readonly number[];
  readonly written: Pick<ListRow, 'token_ids' | 'ended'>;
  readonly ablated: { readonly sae_id: string; readonly k: number } | null;
}

function counted({ list, all, written, ablated }: Countable, form: TokenForm): Counted {
  const { token_ids, ended } = written;
  const again = { ids: token_ids, promptLength: list.n_prompt_tokens, ended };
  const { metrics, items } = listMetrics(again, form);
  const { hyphens, shannon } = authorCounts(all, form.tokenizer);
  const condition = {
    sae_id: ablated?.sae_id ?? null,
    protocol: 'continue',
    arm: ablated === null ? 'baseline' : 'ablated',
    k: ablated?.k ?? null,
    draw: null,
  } as const;
  const row = { sample_id: list.sample_id, ...condition, ...metrics, token_ids };
  return { list, topic: list.topic, row, items, hyphens, shannon };
}

const countRows = (pairs: readonly Pair[]): Row<typeof ablationCounts>[] =>
  [...Map.groupBy(pairs, ({ outcome }) => `${outcome.row.sae_id} ${outcome.topic}`).values()].map(
    countRow,
  );

function countRow(pairs: readonly Pair[]): Row<typeof ablationCounts> {
  const { row, topic } = pairs[0]!.outcome;
  const count = (holds: (pair: Pair) => boolean) => pairs.filter(holds).length;
  const hyphens = summary(pairs, ({ hyphens }) => hyphens);
  const lines = summary(pairs, ({ shannon }) => shannon);
  const items = summary(pairs, ({ row }) => row.n_items);
  const shannon = summary(pairs, ({ row }) => row.shannon_index);
  return {
    sae_id: row.sae_id!,
    topic,
    n: pairs.length,
    n_kept_prefix: count(({ keepsPrefix }) => keepsPrefix),
    n_capped: count(({ outcome }) => !outcome.row.ended),
    n_shorter: count(({ outcome, baseline }) => outcome.hyphens < baseline.hyphens),
    n_same: count(({ outcome, baseline }) => outcome.hyphens === baseline.hyphens),
    n_looped: count(
      ({ outcome, baseline }) => outcome.row.n_repeats > 0 && baseline.row.n_repeats === 0,
    ),
    hyphens_sum: hyphens.sum,
    hyphens_variance: hyphens.variance,
    hyphens_folded: hyphens.folded,
    lines_shannon_sum: lines.sum,
    lines_shannon_variance: lines.variance,
    lines_shannon_folded: lines.folded,
    items_mean: items.sum / pairs.length,
    items_variance: items.variance,
    shannon_mean: shannon.sum / pairs.length,
    shannon_variance: shannon.variance,
  };
}

/** Of the differences from the baselines. */
function summary(pairs: readonly Pair[], of: (list: Counted) => number) {
  const differences = pairs.map(({ outcome, baseline }) => of(outcome) - of(baseline));
  const sum = differences.reduce((a, b) => a + b, 0);
  const spread = variance(differences) ?? 0;
  return { sum, variance: spread, folded: foldedMean(sum, spread, pairs.length) };
}
