import { formatNumber } from '../number-format.ts';
import type { Row } from '../queries/query.ts';
import type { Study } from '../study/studies.ts';
import {
  type AblatedList,
  type AblatedLists,
  ARM_NAMES,
  type MeanEffects,
  type WrittenList,
} from './ablation-view.ts';

/** Has a row for every list and SAE that is ablated. */
export const ABLATED = 'ablation_metric';

interface Edits {
  readonly protocol: string;
  readonly sample_id: string;
  readonly arm: string;
  readonly edits: AblatedList['ablated'];
}

interface Kept {
  readonly sample_id: string;
  readonly n_prompt_tokens: number;
  /** From the one after BOS on. */
  readonly tokens: readonly string[];
  readonly last_marker: number;
}

/** What zeroing one SAE's features does to every list. */
export async function ablatedLists({ database }: Study, saeId: string): Promise<AblatedLists> {
  const written = await database.all(`
    SELECT protocol, sample_id, arm, text, n_items, n_repeats, ended FROM ablations, ablation_k
    WHERE (sae_id = '${saeId}' OR arm = 'baseline') AND arm IN (${ARM_NAMES.map((arm) => `'${arm}'`)})
      AND coalesce(k, main_k) = main_k AND coalesce(draw, 0) = 0
    ORDER BY protocol DESC, sample_id`);
  const edits = await database.nested<Edits>(`
    SELECT protocol, sample_id, arm,
      list([pos - 1, feature, round(feature_act, 3), round(attribution, 4)] ORDER BY rank, pos) AS edits
    FROM ablation_edits, ablation_k WHERE sae_id = '${saeId}' AND coalesce(rank, 1) <= main_k AND coalesce(draw, 0) = 0 GROUP BY ALL`);
  const kept = await database.nested<Kept>(`
    SELECT sample_id, n_prompt_tokens,
      list(token ORDER BY pos) FILTER (pos > 0) AS tokens,
      max(pos) FILTER (kind = 'marker') AS last_marker
    FROM tokens JOIN completions USING (sample_id) JOIN (SELECT DISTINCT sample_id FROM ablation_metric) USING (sample_id)
    GROUP BY ALL`);
  const editsOf = new Map(
    edits.map((row) => [`${row.protocol} ${row.sample_id} ${row.arm}`, row.edits]),
  );
  const keptOf = new Map(kept.map((row) => [row.sample_id, row]));
  const listOf = (rows: readonly Row[]): AblatedList => {
    const { protocol, sample_id } = rows[0]!;
    const { tokens, n_prompt_tokens, last_marker } = keptOf.get(String(sample_id))!;
    const end = protocol === 'from-prompt' ? n_prompt_tokens - 1 : last_marker;
    const zeroed = (arm: string) => editsOf.get(`${protocol} ${sample_id} ${arm}`) ?? [];
    return {
      kept: tokens.slice(0, end),
      ablated: zeroed('ablated'),
      random: zeroed('random'),
      arms: Object.fromEntries(rows.map((row) => [row.arm, writtenOf(row)])) as AblatedList['arms'],
    };
  };
  return Object.fromEntries(
    [...Map.groupBy(written, ({ protocol }) => String(protocol))].map(([protocol, of]) => [
      protocol,
      Object.fromEntries(
        [...Map.groupBy(of, ({ sample_id }) => String(sample_id))].map(([id, rows]) => [
          id,
          listOf(rows),
        ]),
      ),
    ]),
  );
}

/** What zeroing adds beyond its control, over all lists: by protocol and SAE. */
export async function meanEffects({ database }: Study): Promise<MeanEffects> {
  const rows = await database.all(`
    SELECT protocol, sae_id, mean, ci_low, ci_high, n FROM ablation_contrasts, ablation_k
    WHERE arm = 'ablated' AND control = 'random' AND metric = 'n_items' AND k = main_k`);
  const ofProtocol = Map.groupBy(rows, ({ protocol }) => String(protocol));
  return Object.fromEntries(
    [...ofProtocol].map(([protocol, of]) => [
      protocol,
      Object.fromEntries(of.map((row) => [String(row.sae_id), meanInWords(row)])),
    ]),
  );
}

function meanInWords({ sae_id, mean, ci_low, ci_high, n }: Row): string {
  const [low, high] = [ci_low, ci_high].map((bound) => formatNumber(Number(bound)));
  const interval = ci_low === null || ci_high === null ? 'no interval' : `${low}, ${high}`;
  return `Mean over ${n} lists: zeroing features of ${sae_id} adds ${formatNumber(Number(mean))} items [${interval}] more than zeroing as many random ones.`;
}

const writtenOf = ({ text, n_items, n_repeats, ended }: Row): WrittenList => ({
  text: String(text),
  n_items: Number(n_items),
  n_repeats: Number(n_repeats),
  ended: Boolean(ended),
});
