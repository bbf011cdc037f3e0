import type { Study } from '../study/studies.ts';

/** What a view of one list and one SAE lets its reader choose among. */
export interface ListChoices {
  readonly samples: readonly { readonly id: string; readonly words: string }[];
  readonly saes: readonly string[];
}

/** @param table that has a row for every list and SAE which can be chosen */
export async function listChoices({ database }: Study, table: string): Promise<ListChoices> {
  const samples = await database.all(`
    SELECT DISTINCT topic, replicate, template, sample_id FROM completions
    JOIN ${table} USING (sample_id) ORDER BY topic, template, replicate`);
  const saes = await database.all(
    `SELECT sae_id FROM ${table} GROUP BY sae_id ORDER BY sae_order(sae_id)`,
  );
  return {
    samples: samples.map(({ sample_id, topic, template, replicate }) => ({
      id: String(sample_id),
      words: `${topic}, ${template}, ${Number(replicate) + 1}`,
    })),
    saes: saes.map(({ sae_id }) => String(sae_id)),
  };
}
