import type { Spool } from '../../engine/spool.ts';
import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Model } from '../../models/model.ts';
import { floatTensor } from '../../runtime/outputs.ts';
import { openSession, type Session } from '../../runtime/session.ts';
import type { Sae, SaeFile, SaeSpec } from '../../sae/sae.ts';
import { type Reader, type SequenceBatch, sequenceBatches } from '../reader.ts';
import { residualBefore } from '../residual-before.ts';
import { deepestOfEachShape, shallowestOfEachShape } from '../sae-sessions.ts';
import { type AttributionExtent, saeUses } from './attribute-saes.ts';
import { SaeAttribution } from './attribution.ts';
import {
  type AttributionPass,
  type AttributionReading,
  type RankingLengths,
  swappedFeeds,
} from './attribution-reading.ts';
import { CountedPlaces } from './counted-places.ts';
import { integrate, type PathSampling } from './integrate.ts';
import { hookValuesGraph, pathGraph } from './path-graph.ts';
import { type PooledRow, pooledRows } from './pool.ts';

export interface IntegrationOptions extends RankingLengths, PathSampling {
  /** Where the values of hooks wait for step 2; in memory where left out. */
  readonly spool?: Spool;
  /** @param done number of sequences, of all passes */
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute metrics to every feature of one SAE by integrated gradients. All features move together, in a straight line,
 * from the path's start to their values in the sequence; a feature's attribution is the change of its value times the
 * mean of the gradient on the way. The attributions add up to the metric's difference between the ends (completeness).
 *
 * 1. One forward pass per batch, up to the SAE's hooks, computes their values.
 * 2. At each point that `integrate` takes, the rest of the model runs forward and backward from the hook. The first point
 *    is the path's start, the last one the sequence as it is: they also give the metric's difference and the gradient of
 *    `attributeSaes`.
 * 3. The features that change are attributed to, by the mean gradient beside the one at the end.
 *
 * Only one session with the model's weights is open at a time, so the values of step 1 wait for all sequences.
 *
 * Source: Sundararajan et al. (2017), arXiv 1703.01365; over an SAE's features Marks et al. (2024), arXiv 2403.19647.
 *
 * @returns for each pass, one row for each reading, in their order
 */
export async function integrateSae(
  reader: Reader,
  file: SaeFile,
  passes: readonly AttributionPass[],
  options: IntegrationOptions,
): Promise<PooledRow[][]> {
  const results = passes.map(({ readings }) => new Array<PooledRow>(readings.length));
  await forEachIntegrated(reader, { file, passes }, options, (row, pass, i) => {
    results[pass]![i] = row;
  });
  return results;
}

/** The same, but each row is handed over as its batch is done. @param onRow is given the indices of the pass and the reading */
export async function forEachIntegrated(
  reader: Reader,
  { file, passes }: { readonly file: SaeFile; readonly passes: readonly AttributionPass[] },
  { steps, tolerance, onProgress, spool, ...tops }: IntegrationOptions,
  onRow: (row: PooledRow, pass: number, index: number) => void,
): Promise<void> {
  const batches = await readHooks(reader, file, passes, waitingIn(spool));
  const sae = await file.load();
  await using session = await openSession(pathGraph(reader.model, file.outputHook), reader);
  await using attribution = new SaeAttribution(reader);
  const tools = { sae, session, attribution, uncounted: reader.uncounted, steps, tolerance };
  let done = 0;
  for (const [p, pass] of passes.entries())
    for (const { part, values } of batches[p]!) {
      const rows = await attributeBatch(tools, { part, ...values() }, { pass, tops });
      for (const [i, row] of rows.entries()) onRow(row, p, part.indices[i]!);
      done += rows.length;
      onProgress?.(done);
    }
}

/** A batch whose values of hooks wait. */
interface WaitingBatch {
  readonly part: SequenceBatch<AttributionReading>;
  readonly values: () => HookValues;
}

type HookValues = Omit<HookBatch, 'part'>;

/** Has values wait in a file, or in memory. */
const waitingIn =
  (spool: Spool | undefined) =>
  (values: HookValues): (() => HookValues) => {
    if (spool === undefined) return () => values;
    const place = spool.put(values);
    return () => spool.get<HookValues>(place);
  };

/** One batch, and the values of hooks in it. */
interface HookBatch {
  readonly part: SequenceBatch<AttributionReading>;
  readonly x: Tensor<Float32Array>;
  /** `x` after the swapped prompt; null where all features start at 0. */
  readonly startX: Tensor<Float32Array> | null;
  /** `output`; `base`, where `pathGraph` has that input. */
  readonly hooks: Readonly<Record<'output', Tensor<Float32Array>>> & {
    readonly base?: Tensor<Float32Array>;
  };
}

/** The values of one SAE's hooks in every batch of every pass. */
async function readHooks(
  reader: Reader,
  sae: SaeSpec,
  passes: readonly AttributionPass[],
  waiting: (values: HookValues) => () => HookValues,
): Promise<WaitingBatch[][]> {
  await using session = await openSession(hookValuesGraph(reader.model, sae), reader);
  const base = residualBefore(sae.outputHook);
  const results: WaitingBatch[][] = [];
  for (const { path, readings } of passes) {
    const batches: WaitingBatch[] = [];
    for (const part of sequenceBatches(reader, readings, { order: 'by length' })) {
      const values = await session.run(part.batch.feeds);
      const swapped = path === 'swapped' ? await session.run(swappedFeeds(part), [sae.hook]) : null;
      const found = {
        x: floatTensor(values, sae.hook),
        startX: swapped && floatTensor(swapped, sae.hook),
        hooks: {
          output: floatTensor(values, sae.outputHook),
          ...(base !== null && { base: floatTensor(values, base) }),
        },
      };
      batches.push({ part, values: waiting(found) });
    }
    results.push(batches);
  }
  return results;
}

interface Tools extends PathSampling {
  readonly sae: Sae;
  /** Of the path graph. */
  readonly session: Session;
  readonly attribution: SaeAttribution;
  readonly uncounted: number;
}

async function attributeBatch(
  { sae, session, attribution, uncounted, ...sampling }: Tools,
  { part, x, startX, hooks }: HookBatch,
  ranked: { readonly pass: AttributionPass; readonly tops: RankingLengths },
): Promise<PooledRow[]> {
  const { batch, sequences } = part;
  const places = new CountedPlaces(batch, uncounted);
  const encoded = await attribution.encode(sae, places.gather(x), startX && places.gather(startX));
  const delta = places.scatter(await attribution.delta(sae, encoded), sae.dOut);
  const paths = { sequences, batch, hooks: { ...hooks, delta } };
  const { gradient, meanGradient, metrics } = await integrate(session, paths, sampling);
  const found = await attribution.attribute(sae, encoded, {
    output: places.gather(hooks.output),
    gradient: places.gather(gradient),
    meanGradient: places.gather(meanGradient),
  });
  return pooledRows({ attribution: found, places, metrics }, sequences, ranked);
}

/** The graphs of `integrateSae`. The largest graph of a path is that from the lowest hook. */
export function integrationUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: AttributionExtent,
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: extent.tokens });
  const uses: GraphUse[] = [
    ...deepestOfEachShape(saes).map((sae) => ({
      name: `${sae.id} hooks`,
      graph: () => hookValuesGraph(model, sae),
      sizes,
    })),
    ...shallowestOfEachShape(saes).map((sae) => ({
      name: `${sae.id} gradient`,
      graph: () => pathGraph(model, sae.outputHook),
      sizes,
    })),
  ];
  return [...uses.map((use) => limitBatch(extent.sequences, use)), ...saeUses(saes, extent)];
}
