import { claims } from '../schema/claims.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { ablationCounts } from '../schema/released/ablation-counts.ts';
import { ablations } from '../schema/released/ablations.ts';
import { attributions } from '../schema/released/attributions.ts';
import { authorLists } from '../schema/released/author-lists.ts';
import { releasedFiles } from '../schema/released/released-files.ts';
import { tupleCounts } from '../schema/released/tuple-counts.ts';
import { tupleTops } from '../schema/released/tuple-tops.ts';
import { TUPLE_FILES } from '../sources/released/files.ts';
import { CLAIMS } from './claims/all.ts';
import { estimator } from './claims/estimator.ts';
import { rewrittenLists } from './claims/rewritten.ts';
import type { ReleasedTables } from './claims/tables.ts';
import { type Context, defineStage } from './define.ts';
import { groupByList } from './lists-by-id.ts';

const SETTINGS = ['name', 'released', 'seed', 'bootstrap'] as const;

/** Hold every claim of the write-up against the data that its author released. */
export const releasedClaimsStage = defineStage({
  name: 'released-claims',
  source: import.meta.url,
  settings: SETTINGS,
  needs: ['released'],
  reads: [
    completions,
    items,
    releasedFiles,
    authorLists,
    attributions,
    tupleCounts,
    tupleTops,
    ablations,
    ablationCounts,
  ],
  writes: [claims],

  async run(context) {
    const { study, write, progress } = context;
    const tables = await readTables(context);
    const rows = CLAIMS.map(({ id, section, claim, test, ofRelease }, i) => {
      progress(i + 1, CLAIMS.length, 'claims');
      const finding = ofRelease(tables, estimator(study, `claim ${id}`));
      return { claim_id: id, section, claim, study: study.name, test, ...finding };
    });
    write(claims, rows);
  },
});

async function readTables({
  study,
  released,
  read,
}: Context<(typeof SETTINGS)[number], 'released'>): Promise<ReleasedTables> {
  const { temperature, k } = study.released;
  const lists = await read(completions);
  const fileOf = new Map(
    TUPLE_FILES.flatMap(({ file, mappedSaes }) => mappedSaes.map((sae) => [sae, file])),
  );
  const tuples = (await read(attributions)).filter(
    ({ sae_id, file }) => fileOf.get(sae_id) === file,
  );
  return {
    lists,
    itemsOf: groupByList(await read(items)),
    temperature,
    continued: rewrittenLists(await read(ablations), lists, k),
    attributed: Map.groupBy(distinct(tuples), ({ sae_id }) => sae_id),
    files: await read(releasedFiles),
    authorLists: await read(authorLists),
    ablationCounts: await read(ablationCounts),
    tupleCounts: await read(tupleCounts),
    tupleTops: await read(tupleTops),
    writeUp: released.writeUp(),
  };
}

/** One row for each SAE, feature and list that has a tuple. */
const distinct = <R extends { sae_id: string; feature: number; sample_id: string }>(
  tuples: readonly R[],
): R[] => [
  ...new Map(
    tuples.map((tuple) => [`${tuple.sae_id} ${tuple.feature} ${tuple.sample_id}`, tuple]),
  ).values(),
];
