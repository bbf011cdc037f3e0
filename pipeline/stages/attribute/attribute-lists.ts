import type { KeepMany } from '../../engine/kept.ts';
import type { Spool } from '../../engine/spool.ts';
import { attributeSaes } from '../../interp/attribution/attribute-saes.ts';
import type { PathSampling } from '../../interp/attribution/integrate.ts';
import { forEachIntegrated } from '../../interp/attribution/integrate-sae.ts';
import type { PooledRow } from '../../interp/attribution/pool.ts';
import type { Reader } from '../../interp/reader.ts';
import { MAPPED_PROXY } from '../../lists/proxies.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { Settings } from '../../study/study.ts';
import type { ListRow } from '../lists-by-id.ts';
import { type ChosenCell, strongestCells } from './exact.ts';
import { appendPool } from './pool.ts';
import { type Pass, rankingPath } from './readings.ts';
import { type AttributionTables, appendRanked, appendSum, emptyTables } from './rows.ts';
import { appendSwaps } from './swaps.ts';

/** How the lists of a study are attributed. */
export interface AttributionSetting {
  readonly reader: Reader;
  readonly attribution: Settings['attribution'];
  /** Number of features in the rankings within a part of a list. */
  readonly topOfPart: number;
  /** By `sample_id`. */
  readonly listOf: ReadonlyMap<string, ListRow>;
  readonly keepMany: KeepMany;
  readonly spool: () => Spool;
  /** Is given what was found of an SAE, or of all at once: list by list, which can be gone through again. */
  readonly onFound: (found: Iterable<Attributed>) => void;
  readonly onProgress: (done: number, total: number) => void;
}

/** The rows of the stage's tables, and the features whose exact effects are measured. */
export interface Attributed extends AttributionTables {
  readonly cells: ChosenCell[];
}

/** Whether each SAE has paths of its own. */
export const isIntegrated = ({ steps, tolerance }: Settings['attribution']): boolean =>
  steps !== undefined && tolerance !== undefined;

/** Attribute every pass to every SAE, by the study's method. */
export async function attributeLists(
  setting: AttributionSetting,
  saes: readonly SaeFile[],
  passes: readonly Pass[],
): Promise<void> {
  const { steps, tolerance } = setting.attribution;
  if (steps === undefined || tolerance === undefined) {
    setting.onFound([await byGradient(setting, saes, passes)]);
    return;
  }
  const lists = passes.reduce((sum, { readings }) => sum + readings.length, 0);
  for (const [i, sae] of saes.entries()) {
    const onProgress = (done: number) => setting.onProgress(i * lists + done, saes.length * lists);
    const found = await setting.keepMany<Attributed>(sae.id, (put) =>
      integrated({ ...setting, steps, tolerance, onSaeProgress: onProgress }, { sae, passes }, put),
    );
    setting.onFound(found);
    onProgress(lists);
  }
}

/** All SAEs at once: one backward pass of a batch serves them all. */
async function byGradient(
  setting: AttributionSetting,
  saes: readonly SaeFile[],
  passes: readonly Pass[],
): Promise<Attributed> {
  const { reader, attribution, topOfPart } = setting;
  const out = empty();
  const total = passes.reduce((sum, { readings }) => sum + readings.length, 0);
  await attributeSaes(reader, saes, passes, {
    top: attribution.top,
    topOfPart,
    onRows: ({ sae, pass, first, rows }) => {
      for (const [i, row] of rows.entries())
        appendList(out, setting, { saeId: sae.id, pass: passes[pass]!, reading: first + i, row });
    },
    onProgress: (done) => setting.onProgress(done, total),
  });
  return out;
}

interface IntegrationSetting extends AttributionSetting, PathSampling {
  readonly onSaeProgress: (done: number) => void;
}

/** One SAE along the paths of every pass. @param put is given what each list has, by its place in all passes */
async function integrated(
  setting: IntegrationSetting,
  { sae, passes }: { readonly sae: SaeFile; readonly passes: readonly Pass[] },
  put: (index: number, found: Attributed) => void,
): Promise<void> {
  const { reader, attribution, topOfPart, steps, tolerance, onSaeProgress: onProgress } = setting;
  const spool = setting.spool();
  const options = { steps, tolerance, top: attribution.top, topOfPart, onProgress, spool };
  const firstOf = passes.map((_, p) =>
    passes.slice(0, p).reduce((sum, { readings }) => sum + readings.length, 0),
  );
  await forEachIntegrated(reader, { file: sae, passes }, options, (row, p, reading) => {
    const out = empty();
    appendList(out, setting, { saeId: sae.id, pass: passes[p]!, reading, row });
    put(firstOf[p]! + reading, out);
  });
}

interface FoundRow {
  readonly saeId: string;
  readonly pass: Pass;
  /** Index in the pass. */
  readonly reading: number;
  readonly row: PooledRow;
}

/** Append what one list of a pass has for one SAE. */
function appendList(
  out: Attributed,
  { attribution, listOf }: AttributionSetting,
  { saeId, pass: { metric, path, readings }, reading, row }: FoundRow,
): void {
  const { sample_id, metricPos } = readings[reading]!;
  const list = { key: { sample_id, sae_id: saeId, metric }, path, row, metricPos };
  appendSum(out, list);
  if (path === rankingPath(attribution)) appendRanked(out, list);
  if (metric !== MAPPED_PROXY) return;
  if (path === 'swapped') appendSwaps(out, list);
  appendPool(out, list, row.pool);
  const { exact } = attribution;
  if (exact === undefined) return;
  const { replicate, n_prompt_tokens: promptLength } = listOf.get(sample_id)!;
  if (exact.lists === 'all' || replicate === 0)
    out.cells.push(...strongestCells(list, { cells: exact.cells, promptLength }));
}

const empty = (): Attributed => ({ ...emptyTables(), cells: [] });
