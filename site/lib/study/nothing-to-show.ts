import type { Study } from './studies.ts';

/** What a study has nothing to show of, a sentence each; none where it has everything. */
export async function nothingToShow({ manifest, database }: Study): Promise<string[]> {
  const isComputed = ({ of }: Sentence) =>
    of === undefined || Object.values(manifest.files).some(({ table }) => table === of);
  const ofSaes = "FROM columns WHERE table_name = 'sae_quality'";
  const hasSaes = (await database.all(ofSaes)).length > 0;
  const sentences = await Promise.all(
    SENTENCES.filter(isComputed).map(async ({ sql, say }) => {
      const names = (await database.all(sql)).map((row) => String(Object.values(row)[0]));
      return names.length === 0 ? [] : [say(names)];
    }),
  );
  const empty = Object.values(manifest.files).filter(({ rows }) => rows === 0);
  return [
    ...sentences.flat(),
    ...(hasSaes ? [] : ['It has no SAEs: nothing is attributed to features, and none is edited.']),
    ...(empty.length === 0
      ? []
      : [`Tables without a row: ${empty.map(({ table }) => table).join(', ')}.`]),
  ];
}

/** It is said of the names that its query gives, and not where it gives none. */
interface Sentence {
  readonly sql: string;
  readonly say: (names: readonly string[]) => string;
  /** The table that it is about: it is said where that is computed. */
  readonly of?: string;
}

const SENTENCES: readonly Sentence[] = [
  {
    sql: `SELECT template FROM main_lists GROUP BY template HAVING NOT bool_or(ended)
      ORDER BY array_position(['short', 'plain', 'long'], template)`,
    say: (templates) =>
      templates.length === 3
        ? 'No list ended within its limit on tokens.'
        : `No ${templates.join(' and no ')} list ended within its limit on tokens.`,
  },
  {
    sql: 'SELECT template FROM main_lists GROUP BY template HAVING max(n_items) = 0 ORDER BY template',
    say: (templates) => `No finished item is in any list of the templates ${templates.join(', ')}.`,
  },
  {
    sql: 'SELECT topic FROM main_lists GROUP BY ALL HAVING (SELECT count(DISTINCT topic) FROM main_lists) = 1',
    say: ([topic]) => `All lists are about ${topic}: with one topic there are no intervals.`,
  },
  {
    sql: 'SELECT DISTINCT sae_id FROM sae_quality WHERE sae_id NOT IN (SELECT sae_id FROM features) ORDER BY sae_id',
    say: (saes) => `No end of a list is attributed to a feature of ${saes.join(', ')}.`,
    of: 'features',
  },
];
