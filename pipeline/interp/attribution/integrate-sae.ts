import type { Spool } from '../../engine/spool.ts';
import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import { float32, type Tensor } from '../../graph/tensor.ts';
import type { Model } from '../../models/model.ts';
import { floats, output } from '../../runtime/outputs.ts';
import { type Feeds, type Fetches, openSession, type Session } from '../../runtime/session.ts';
import type { Sae, SaeFile, SaeSpec } from '../../sae/sae.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import {
  type Reader,
  type SequenceBatch,
  type SequencesExtent,
  sequenceBatches,
} from '../reader.ts';
import { residualBefore } from '../residual-before.ts';
import { deepestOfEachShape, SaeSessions, shallowestOfEachShape } from '../sae-sessions.ts';
import { rankingUses } from './attribute-saes.ts';
import { attributionGraph } from './attribution-graph.ts';
import {
  type AttributionReading,
  type RankingLengths,
  rankingFeeds,
  swappedFeeds,
} from './attribution-reading.ts';
import { type AttributionRow, attributionRow } from './attribution-rows.ts';
import { integrate, type PathSampling } from './integrate.ts';
import { deltaGraph, hookValuesGraph, pathGraph } from './path-graph.ts';
import { type PooledFeature, readPool } from './pool.ts';
import { poolGraph } from './pool-graph.ts';

/** Sequences whose metrics are attributed along paths of one kind. */
export interface AttributionPass {
  readonly path: Path;
  readonly readings: readonly AttributionReading[];
  /** Whether `pool` is read of each sequence. */
  readonly pooled?: boolean;
}

/** What is found in one sequence. */
export interface IntegratedRow extends AttributionRow {
  /** As `readPool` gives it; empty where the pass does not ask for it. */
  readonly pool: readonly PooledFeature[];
}

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
 * 3. The attribution graph ranks the features, with the mean gradient beside the one at the end.
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
): Promise<IntegratedRow[][]> {
  const results = passes.map(({ readings }) => new Array<IntegratedRow>(readings.length));
  await forEachIntegrated(reader, { file, passes }, options, (row, pass, i) => {
    results[pass]![i] = row;
  });
  return results;
}

/** The same, but each row is handed over as its batch is done. @param onRow is given the indices of the pass and the reading */
export async function forEachIntegrated(
  reader: Reader,
  { file, passes }: { readonly file: SaeFile; readonly passes: readonly AttributionPass[] },
  { steps, tolerance, onProgress, spool, ...lengths }: IntegrationOptions,
  onRow: (row: IntegratedRow, pass: number, index: number) => void,
): Promise<void> {
  const batches = await readHooks(reader, file, passes, waitingIn(spool));
  const sae = await file.load();
  await using session = await openSession(pathGraph(reader.model, file.outputHook), reader);
  let done = 0;
  for (const [p, { path, pooled = false }] of passes.entries()) {
    await using deltas = new SaeSessions(reader, (dims) => deltaGraph(dims, path));
    const kind = { path, method: 'integrated' } as const;
    await using attributions = new SaeSessions(reader, (dims) => attributionGraph(dims, kind));
    await using pools = new SaeSessions(reader, (dims) => poolGraph(dims, path));
    const { uncounted } = reader;
    const ranking = { deltas, attributions, pools: pooled ? pools : null };
    const tools = { sae, session, ...ranking, uncounted, steps, tolerance };
    for (const { part, values } of batches[p]!) {
      const rows = await attributeBatch(tools, { part, ...values() }, lengths);
      for (const [i, row] of rows.entries()) onRow(row, p, part.indices[i]!);
      done += rows.length;
      onProgress?.(done);
    }
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
  /** `x`, and `swapped x` where the path starts after the swapped prompt. */
  readonly saeFeeds: Feeds;
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
        saeFeeds: { x: output(values, sae.hook), ...startFeeds(sae, swapped) },
        hooks: {
          output: float32Output(values, sae.outputHook),
          ...(base !== null && { base: float32Output(values, base) }),
        },
      };
      batches.push({ part, values: waiting(found) });
    }
    results.push(batches);
  }
  return results;
}

const startFeeds = ({ hook }: SaeSpec, swapped: Fetches | null): Feeds =>
  swapped ? { 'swapped x': output(swapped, hook) } : {};

interface Tools extends PathSampling {
  readonly sae: Sae;
  /** Of the path graph. */
  readonly session: Session;
  readonly deltas: SaeSessions;
  readonly attributions: SaeSessions;
  /** Null where no pool is read. */
  readonly pools: SaeSessions | null;
  readonly uncounted: number;
}

async function attributeBatch(
  { sae, session, deltas, attributions, pools, uncounted, ...sampling }: Tools,
  { part, saeFeeds, hooks }: HookBatch,
  lengths: RankingLengths,
): Promise<IntegratedRow[]> {
  const { batch, sequences } = part;
  const { params, dSae } = sae;
  const { counted, ...ranking } = rankingFeeds(part, uncounted, { ...lengths, dSae });
  const encoding = { ...params, ...saeFeeds, counted };
  const delta = float32Output(await (await deltas.sessionFor(sae)).run(encoding), 'delta');
  const paths = { sequences, batch, hooks: { ...hooks, delta } };
  const { gradient, meanGradient, metrics } = await integrate(session, paths, sampling);
  const outputs = await (await attributions.sessionFor(sae)).run({
    ...encoding,
    ...ranking,
    output: hooks.output,
    gradient,
    'mean gradient': meanGradient,
  });
  const rows = sequences.map(({ lengths }, row) =>
    attributionRow({ outputs, batch, dSae, uncounted, metrics }, row, lengths),
  );
  const poolFeeds = { ...params, ...saeFeeds, 'mean gradient': meanGradient };
  const pool = pools
    ? await readPool(await pools.sessionFor(sae), poolFeeds, rows, { batch, dSae })
    : rows.map(() => []);
  return rows.map((row, i) => ({ ...row, pool: pool[i]! }));
}

const float32Output = (fetches: Fetches, name: string): Tensor<Float32Array> =>
  float32(floats(fetches, name), output(fetches, name).dims);

/** The graphs of `integrateSae`. The largest graph of a path is that from the lowest hook. */
export function integrationUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: SequencesExtent & RankingLengths & { readonly paths: readonly Path[] },
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: extent.tokens });
  const kinds = extent.paths.map((path) => ({ path, method: 'integrated' }) as const);
  const uses: GraphUse[] = [
    ...deepestOfEachShape(saes).flatMap((sae) => [
      { name: `${sae.id} hooks`, graph: () => hookValuesGraph(model, sae), sizes },
      ...extent.paths.map((path) => ({
        name: `${sae.id} ${path} path`,
        graph: () => deltaGraph(sae, path),
        sizes,
      })),
    ]),
    ...shallowestOfEachShape(saes).map((sae) => ({
      name: `${sae.id} gradient`,
      graph: () => pathGraph(model, sae.outputHook),
      sizes,
    })),
  ];
  return [
    ...uses.map((use) => limitBatch(extent.sequences, use)),
    ...rankingUses(saes, extent, kinds),
  ];
}
