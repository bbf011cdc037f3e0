import type { StagePlan } from '../engine/memory-plan.ts';
import { MEMORY_KINDS, totalUse } from '../graph/memory-use.ts';
import { writeText } from '../schema/write-text.ts';
import type { ResidentMemory } from './resident-memory.ts';

/** One stage of a rehearsal, as planned and as measured. */
export interface StageCost {
  readonly plan: StagePlan;
  /** Null if the stage was planned but not run. */
  readonly measured: { readonly seconds: number; readonly peak: ResidentMemory } | null;
}

export interface ReportSetting {
  readonly study: string;
  readonly provider: string;
  /** The machine on which it was measured, or the device for which it was planned. */
  readonly machine: string;
}

/** The stages of one rehearsal or one plan. */
export interface ReportPart {
  readonly setting: ReportSetting;
  readonly costs: readonly StageCost[];
}

const COLUMNS = [
  ...['study', 'provider', 'machine', 'stage', 'batch', 'largest_graph'],
  ...MEMORY_KINDS.map((kind) => `planned_${kind}`),
  ...['planned_bytes', 'seconds', 'peak_anonymous_bytes', 'peak_resident_bytes'],
];

/** Write the costs as CSV, to a temporary name that is then renamed. Units are bytes and seconds; unmeasured cells are empty. */
export function writeReport(path: string, parts: readonly ReportPart[]): void {
  const rows = parts.flatMap(({ setting, costs }) => costs.map((cost) => rowOf(setting, cost)));
  const text = [COLUMNS, ...rows].map((row) => row.map(quoted).join(',')).join('\n');
  writeText(path, `${text}\n`);
}

const rowOf = (
  { study, provider, machine }: ReportSetting,
  { plan, measured }: StageCost,
): Cell[] => [
  ...[study, provider, machine, plan.stage, plan.batchSize, plan.graph],
  ...MEMORY_KINDS.map((kind) => Math.round(plan.use[kind])),
  Math.round(totalUse(plan.use)),
  ...(measured
    ? [measured.seconds.toFixed(1), measured.peak.anonymous, measured.peak.total]
    : [null, null, null]),
];

type Cell = string | number | null;

const quoted = (cell: Cell): string => {
  const text = String(cell ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
