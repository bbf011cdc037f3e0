import type { Row } from './query.ts';
import type { Study } from './studies.ts';
import type { Sample, TopicSamples } from './tokens.ts';

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

const TOKENS = `
  WITH ends AS (
    SELECT sample_id, CASE position_kind WHEN 'item' THEN pos_last_token ELSE pos_newline END AS pos, p_end_of_turn
    FROM entropy JOIN items USING (sample_id, item_index) WHERE condition = 'clean')
  SELECT topic, template, temperature, replicate, sample_id, token,
    lag(p_realised) OVER (PARTITION BY sample_id ORDER BY pos) AS p,
    token_entropy.entropy, token_entropy.true_entropy AS process, p_end_of_turn,
    sample_id IN (SELECT sample_id FROM attribution_sums) AS followed
  FROM tokens JOIN completions USING (sample_id) LEFT JOIN token_entropy USING (sample_id, pos)
  LEFT JOIN ends USING (sample_id, pos)
  WHERE pos >= n_prompt_tokens - 1
  ORDER BY topic, array_position(['short', 'plain', 'long'], template), temperature, replicate, pos`;

const PROMPTS = `
  SELECT sample_id, regexp_extract(string_agg(token, '' ORDER BY pos),
    '<start_of_turn>user\\n(.*)<end_of_turn>', 1, 's') AS prompt
  FROM tokens WHERE is_prompt GROUP BY sample_id`;

async function query({ database }: Study): Promise<Samples> {
  const rows = await database.all(TOKENS);
  const prompts = new Map(
    (await database.all(PROMPTS)).map(({ sample_id, prompt }) => [sample_id, String(prompt)]),
  );
  const topics = [...Map.groupBy(rows, ({ topic }) => String(topic))].map(([topic, of]) => ({
    topic,
    samples: [...Map.groupBy(of, ({ sample_id }) => sample_id)].map(([id, tokens]) =>
      sampleOf(tokens, prompts.get(id!) ?? ''),
    ),
  }));
  const highest = rows.reduce((most, { entropy }) => Math.max(most, Number(entropy ?? 0)), 0);
  return { topics, highest: Math.ceil(highest * 2) / 2 };
}

const sampleOf = (rows: readonly Row[], prompt: string): Sample => ({
  id: String(rows[0]!.sample_id),
  followed: rows[0]!.followed === true,
  template: String(rows[0]!.template),
  temperature: Number(rows[0]!.temperature),
  replicate: Number(rows[0]!.replicate),
  prompt,
  tokens: rows.map(({ token, p, entropy, process, p_end_of_turn }) => ({
    text: String(token),
    p: rounded(p),
    entropy: rounded(entropy),
    process: rounded(process),
    end: rounded(p_end_of_turn),
  })),
});

/** To three digits, which is all that is shown, to keep the files small. */
const rounded = (value: Row[string] | undefined): number | null =>
  typeof value === 'number' ? Number(value.toPrecision(3)) : null;
