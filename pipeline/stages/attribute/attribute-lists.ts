import type { Keep } from '../../engine/kept.ts';
import { attributeSaes } from '../../interp/attribution/attribute-saes.ts';
import type { AttributionRow } from '../../interp/attribution/attribution-rows.ts';
import type { PathSampling } from '../../interp/attribution/integrate.ts';
import { integrateSae } from '../../interp/attribution/integrate-sae.ts';
import type { PooledFeature } from '../../interp/attribution/pool.ts';
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
  readonly keep: Keep;
  readonly onProgress: (done: number, total: number) => void;
}

/** The rows of the stage's tables, and the features whose exact effects are measured. */
export interface Attributed extends AttributionTables {
  readonly cells: ChosenCell[];
}

/** Attribute every pass to every SAE, by the study's method. */
export async function attributeLists(
  setting: AttributionSetting,
  saes: readonly SaeFile[],
  passes: readonly Pass[],
): Promise<Attributed> {
  const { steps, tolerance } = setting.attribution;
  if (steps === undefined || tolerance === undefined) return byGradient(setting, saes, passes);
  const out = empty();
  const lists = passes.reduce((sum, { readings }) => sum + readings.length, 0);
  for (const [i, sae] of saes.entries()) {
    const onProgress = (done: number) => setting.onProgress(i * lists + done, saes.length * lists);
    const found = await setting.keep(sae.id, () =>
      integrated({ ...setting, steps, tolerance, onSaeProgress: onProgress }, sae, passes),
    );
    append(out, found);
    onProgress(lists);
  }
  return out;
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
  let before = 0;
  for (const pass of passes) {
    await attributeSaes(reader, saes, pass.readings, {
      path: pass.path,
      pooled: pass.pooled,
      top: attribution.top,
      topOfPart,
      onRows: ({ sae, first, rows }) => {
        for (const [i, row] of rows.entries())
          appendList(out, setting, { saeId: sae.id, pass, reading: first + i, row });
      },
      onProgress: (done) => setting.onProgress(before + done, total),
    });
    before += pass.readings.length;
  }
  return out;
}

interface IntegrationSetting extends AttributionSetting, PathSampling {
  readonly onSaeProgress: (done: number) => void;
}

/** One SAE along the paths of every pass. */
async function integrated(
  setting: IntegrationSetting,
  sae: SaeFile,
  passes: readonly Pass[],
): Promise<Attributed> {
  const { reader, attribution, topOfPart, steps, tolerance, onSaeProgress: onProgress } = setting;
  const out = empty();
  const options = { steps, tolerance, top: attribution.top, topOfPart, onProgress };
  const found = await integrateSae(reader, sae, passes, options);
  for (const [p, pass] of passes.entries())
    for (const [reading, row] of found[p]!.entries())
      appendList(out, setting, { saeId: sae.id, pass, reading, row });
  return out;
}

interface FoundRow {
  readonly saeId: string;
  readonly pass: Pass;
  /** Index in the pass. */
  readonly reading: number;
  readonly row: AttributionRow & { readonly pool: readonly PooledFeature[] };
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

function append(out: Attributed, found: Attributed): void {
  for (const row of found.attributions) out.attributions.push(row);
  for (const row of found.tokens) out.tokens.push(row);
  for (const row of found.sums) out.sums.push(row);
  for (const row of found.features) out.features.push(row);
  for (const row of found.swaps) out.swaps.push(row);
  for (const row of found.pool) out.pool.push(row);
  for (const cell of found.cells) out.cells.push(cell);
}
