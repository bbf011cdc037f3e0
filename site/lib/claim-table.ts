import type { Database } from './queries/query.ts';

/** The claims of the write-up beside what each study of a real model says of them. */
export interface ClaimTable {
  /** The studies that were asked, in the order of the site. */
  readonly models: readonly { readonly study: string; readonly model: string }[];
  readonly sections: readonly { readonly section: string; readonly claims: readonly ClaimRow[] }[];
}

interface ClaimRow {
  readonly claim: string;
  readonly test: string;
  /** Of Gemma 2 2B: the verdict, what was found, and where. */
  readonly verdict: string;
  readonly value: string;
  readonly decidedOn: string;
  /** One for each of the models. */
  readonly answers: readonly Answer[];
}

interface Answer {
  readonly model: string;
  readonly verdict: string;
  readonly value: string | null;
}

/** Read the table from the views of any study: each has all. */
export async function claimTable(database: Database): Promise<ClaimTable> {
  const models = (
    await database.all(
      'SELECT study, any_value(model) AS model FROM claims_by_study GROUP BY study ORDER BY min(place)',
    )
  ).map(({ study, model }) => ({ study: String(study), model: String(model) }));
  const answers = new Map(
    (await database.all('FROM claims_by_study')).map(
      ({ study, claim_id, verdict, value }) =>
        [
          `${study} ${claim_id}`,
          { verdict: String(verdict), value: value === null ? null : String(value) },
        ] as const,
    ),
  );
  const claims = await database.all('FROM claims');
  const sections = [...Map.groupBy(claims, ({ section }) => String(section))];
  return {
    models,
    sections: sections.map(([section, rows]) => ({
      section,
      claims: rows.map(({ claim_id, claim, test, verdict, value, study: decidedOn }) => ({
        claim: String(claim),
        test: String(test),
        verdict: String(verdict),
        value: String(value),
        decidedOn: String(decidedOn),
        answers: models.flatMap(({ study, model }) => {
          const answer = answers.get(`${study} ${claim_id}`);
          return answer === undefined ? [] : [{ model, ...answer }];
        }),
      })),
    })),
  };
}
