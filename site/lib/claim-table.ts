import type { Database } from './queries/query.ts';

/** The claims of the write-up beside what each study says of them. */
export interface ClaimTable {
  /** The studies that were asked, in the order of the site. */
  readonly models: readonly { readonly study: string; readonly model: string }[];
  readonly sections: readonly { readonly section: string; readonly claims: readonly ClaimRow[] }[];
}

interface ClaimRow {
  readonly claim: string;
  readonly test: string;
  /** Of Gemma 2 2B’s released data: the verdict, and what was found. */
  readonly verdict: string;
  readonly value: string;
  /** One for each of the models; null where the claim is about the write-up’s own data, figures or code. */
  readonly answers: readonly (Answer | null)[];
}

interface Answer {
  readonly model: string;
  readonly verdict: string;
  readonly value: string;
}

/** Read the table from any study’s database: each has all. */
export async function claimTable(database: Database): Promise<ClaimTable> {
  const models = (
    await database.all(
      'SELECT study, any_value(model) AS model FROM claims_by_study GROUP BY study ORDER BY min(place)',
    )
  ).map(({ study, model }) => ({ study: String(study), model: String(model) }));
  const answers = new Map(
    (await database.all('FROM claims_by_study')).map(
      ({ study, claim_id, verdict, value }) =>
        [`${study} ${claim_id}`, { verdict: String(verdict), value: String(value) }] as const,
    ),
  );
  const claims = await database.all('FROM original_claims ORDER BY place');
  const sections = [...Map.groupBy(claims, ({ section }) => String(section))];
  return {
    models,
    sections: sections.map(([section, rows]) => ({
      section,
      claims: rows.map(({ claim_id, claim, test, verdict, value }) => ({
        claim: String(claim),
        test: String(test),
        verdict: String(verdict),
        value: String(value),
        answers: models.map(({ study, model }) => {
          const answer = answers.get(`${study} ${claim_id}`);
          return answer === undefined ? null : { model, ...answer };
        }),
      })),
    })),
  };
}
