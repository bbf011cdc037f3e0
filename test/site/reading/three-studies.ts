import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { miniatureResults } from '../built-site.ts';
import type { open } from '../page-checks.ts';
import { editManifest } from '../results-folders.ts';
import {
  addPredictions,
  BASE_MODEL,
  copyStudies,
  rewriteTable,
  TURN_ENDS,
} from '../second-study.ts';

/** A site of three studies, built and served, and a browser to read it with. */
export interface ReadSite {
  /** The folder that it was built into. */
  readonly dir: string;
  /** The address of its first page, which ends with a slash. */
  readonly url: string;
  /** Open a page, named by its path below `url`, in a new window that is closed when the test ends. */
  visit(t: TestContext, path: string, options?: BrowserContextOptions): ReturnType<typeof open>;
}

/**
 * Write three copies of the miniature's results: into `results` as they are, and into `published` those of `another`, a
 * chat model with predictions and lists that loop, and of `base-model`, whose lists have no blank before their end, and which
 * has no attribution graphs.
 */
export async function writeThreeStudies(results: string, published: string): Promise<void> {
  await copyStudies(miniatureResults(), results, ['miniature']);
  await copyStudies(miniatureResults(), published, ['another'], TURN_ENDS);
  await copyStudies(miniatureResults(), published, ['base-model'], BASE_MODEL);
  await rewriteTable(
    join(published, 'base-model'),
    'exploration',
    "SELECT * REPLACE (CASE finding WHEN 'blank_before_end' THEN 0 ELSE mean END AS mean) FROM exploration",
  );
  await rewriteTable(
    join(published, 'base-model'),
    'claims',
    "SELECT * REPLACE (CASE claim_id WHEN 'blank-all-topics' THEN 'does not hold' ELSE verdict END AS verdict) FROM claims",
  );
  editManifest(join(published, 'base-model'), ({ files }) => {
    delete files['graph_nodes.parquet'];
  });
  await addPredictions(join(published, 'another'));
  await rewriteTable(
    join(published, 'another'),
    'completions',
    'SELECT * REPLACE (replicate = 1 AS loops) FROM completions',
  );
}
