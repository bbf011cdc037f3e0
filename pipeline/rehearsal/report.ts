import { renameSync, writeFileSync } from 'node:fs';
import type { StagePlan } from '../engine/memory-plan.ts';
import { MEMORY_KINDS, totalUse } from '../graph/memory-use.ts';
import type { ResidentMemory } from './resident-memory.ts';

/** One stage of a rehearsal, as planned and as measured. */
export interface StageCost {
  readonly plan: StagePlan;
  /** Null where it was planned and not run. */
  readonly measured: { readonly seconds: number; readonly peak: ResidentMemory } | null;
}

export interface Setting {
  readonly study: string;
  readonly provider: string;
  /** Where it was measured, or what device it was planned for. */
  readonly machine: string;
}

/** One rehearsal, or one plan. */
export interface ReportPart {
  readonly setting: Setting;
  readonly costs: readonly StageCost[];
}

const COLUMNS = [
  ...['study', 'provider', 'machine', 'stage', 'batch', 'largest_graph'],
  ...MEMORY_KINDS.map((kind) => `planned_${kind}`),
  ...['planned_bytes', 'seconds', 'peak_anonymous_bytes', 'peak_resident_bytes'],
];

/** Rows as CSV, written to a temporary name and then renamed. Bytes and seconds; empty where not measured. */
export function writeReport(path: string, parts: readonly ReportPart[]): void {
  const rows = parts.flatMap(({ setting, costs }) => costs.map((cost) => rowOf(setting, cost)));
  const text = [COLUMNS, ...rows].map((row) => row.map(quoted).join(',')).join('\n');
  writeFileSync(`${path}.tmp`, `${text}\n`);
  renameSync(`${path}.tmp`, path);
}

const rowOf = ({ study, provider, machine }: Setting, { plan, measured }: StageCost): Cell[] => [
  ...[study, provider, machine, plan.stage, plan.batchSize, plan.graph],
  ...MEMORY_KINDS.map((kind) => Math.round(plan.use[kind])),
  Math.round(totalUse(plan.use)),
  ...(measured
    ? [measured.seconds.toFixed(1), measured.peak.anonymous, measured.peak.all]
    : [null, null, null]),
];

type Cell = string | number | null;

const quoted = (cell: Cell): string => {
  const text = String(cell ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
