import type { Study } from '../study/studies.ts';
import type { Sample, Token, TopicSamples } from './tokens.ts';

/** Every list of a study, by topic. */
export interface Samples {
  readonly topics: readonly TopicSamples[];
  /** Where the colour scale ends, in nats. */
  readonly highest: number;
}

/** Read a study's lists, once. */
export function readSamples(study: Study): Promise<Samples> {
  const samples = read.get(study) ?? query(study);
  read.set(study, samples);
  return samples;
}

const read = new WeakMap<Study, Promise<Samples>>();

const SAMPLES = `
  WITH ends AS (
    SELECT sample_id, CASE position_kind WHEN 'item' THEN pos_last_token ELSE pos_newline END AS pos, p_end
    FROM entropy JOIN items USING (sample_id, item_index) WHERE condition = 'clean'),
  -- To first order, features, error and bias add up to the gradient times the activation, whatever the SAE.
  attributed AS (
    SELECT sample_id, pos, gradient + error + bias AS attribution FROM token_attributions
    WHERE metric = 'blank_newline' AND sae_id = (
      SELECT sae_id FROM attribution_sums WHERE sae_id LIKE 'res%' ORDER BY sae_order(sae_id) LIMIT 1)),
  read AS (
    SELECT sample_id, pos, token AS text, lag(p_realised) OVER (PARTITION BY sample_id ORDER BY pos) AS p,
      token_entropy.entropy, token_entropy.true_entropy AS process, p_end AS end, attribution
    FROM tokens JOIN completions USING (sample_id) LEFT JOIN token_entropy USING (sample_id, pos)
    LEFT JOIN ends USING (sample_id, pos) LEFT JOIN attributed USING (sample_id, pos)
    WHERE pos >= n_prompt_tokens - 1),
  lists AS (
    SELECT sample_id, list({text: text, p: p, entropy: entropy, process: process, "end": "end", attribution: attribution} ORDER BY pos) AS tokens
    FROM read GROUP BY sample_id)
  SELECT topic, sample_id AS id, loops, tokens
  FROM completions JOIN lists USING (sample_id)
  ORDER BY topic, array_position(['short', 'plain', 'long'], template), temperature, replicate`;

type Stored = Omit<Token, 'attribution'> & { readonly attribution: number | null };
type StoredSample = Omit<Sample, 'tokens'> & {
  readonly topic: string;
  readonly tokens: readonly Stored[];
};

async function query({ database }: Study): Promise<Samples> {
  const rows = await database.nested<StoredSample>(SAMPLES);
  const topics = [...Map.groupBy(rows, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    samples: of.map(({ topic: _, ...sample }) => ({
      ...sample,
      tokens: sample.tokens.map(rounded),
    })),
  }));
  const highest = rows
    .flatMap(({ tokens }) => tokens)
    .reduce((most, { entropy }) => Math.max(most, entropy ?? 0), 0);
  return { topics, highest: Math.ceil(highest * 2) / 2 };
}

/** To three digits, which is all that is shown, to keep the files small. */
const rounded = ({ text, p, entropy, process, end, attribution }: Stored): Token => ({
  text,
  p: short(p),
  entropy: short(entropy),
  process: short(process),
  end: short(end),
  ...(attribution !== null && { attribution: Number(attribution.toPrecision(3)) }),
});

const short = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(3));
