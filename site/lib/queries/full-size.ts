import { existsSync } from 'node:fs';
import { quote } from './sql.ts';

/** The table of what a rehearsal of the study at full size took, and of what the whole study is planned to take. */
export const FULL_SIZE_TABLE = 'full_size';

/** What the device's memory goes to, by the name that figures have for it. */
const KINDS = {
  weights: 'weights',
  cache: 'cache',
  activations: 'activations',
  gradients: 'gradients',
  sae: 'SAE',
  logits: 'logits',
} as const;

/** What a process was seen to have. */
const PEAKS = ['anonymous', 'resident'] as const;

const planned = Object.keys(KINDS).map((kind) => `planned_${kind}`);
const TEXTS = ['study', 'provider', 'machine', 'stage', 'largest_graph'];
const NUMBERS = [
  ...['batch', ...planned, 'planned_bytes'],
  ...['seconds', 'peak_anonymous_bytes', 'peak_resident_bytes'],
];

/** Statements that make the table: empty where there is no such file, refused where it has a column of another name. */
export function createFullSize(path: string): string[] {
  const columns = [
    ...TEXTS.map((name) => `${name} VARCHAR`),
    ...NUMBERS.map((name) => `${name} DOUBLE`),
  ];
  return [
    `CREATE TABLE ${FULL_SIZE_TABLE} (${columns.join(', ')})`,
    ...(existsSync(path)
      ? [`INSERT INTO ${FULL_SIZE_TABLE} BY NAME FROM read_csv(${quote(path)}, all_varchar = true)`]
      : []),
  ];
}

/** What the process has where no graph is open: Node, the tokenizer, DuckDB. No plan has it. */
const OWN = 'coalesce(min(peak_resident_bytes) FILTER (batch IS NULL) OVER (), 0)';

/** Sizes in GB, which are 10⁹ bytes; `place` is the order of the stages. */
export const FULL_SIZE_VIEWS: Readonly<Record<string, string>> = {
  /** Stages as they were run on random weights. */
  rehearsed: costs("study = 'rehearsal'"),
  /** Stages of the whole study on a GPU. */
  gpu_costs: costs("study <> 'rehearsal'"),
  /** What each stage's most demanding graph needs, by what it goes to. */
  rehearsed_memory: memory('rehearsed'),
  gpu_memory: memory('gpu_costs'),
};

function costs(which: string): string {
  const sizes = [...planned, 'planned_bytes', 'peak_anonymous_bytes', 'peak_resident_bytes'];
  return `
    SELECT rowid AS place, study, provider, machine, stage, batch::INTEGER AS batch, largest_graph,
      ${sizes.map((name) => `${size(name)} AS ${name.replace('_bytes', '')}`).join(', ')},
      seconds, (peak_resident_bytes - ${OWN}) / nullif(planned_bytes, 0) AS ratio,
      nullif(regexp_extract(machine, '(\\d+) GB$', 1), '')::INTEGER AS device
    FROM ${FULL_SIZE_TABLE} WHERE ${which}`;
}

function memory(view: string): string {
  const columns = [
    ...Object.entries(KINDS).map(([kind, name]) => ['planned', `planned_${kind}`, name] as const),
    ...PEAKS.map((kind) => ['measured', `peak_${kind}`, kind] as const),
  ];
  return columns
    .map(
      ([source, column, kind], part) => `
    SELECT place, ${part} AS part, provider, machine, device, stage, batch, ${quote(source)} AS source, ${quote(kind)} AS kind, ${column} AS size
    FROM ${view} WHERE ${column} IS NOT NULL`,
    )
    .join(' UNION ALL ');
}

/** A stage that runs no graph has no plan, which is not a plan of nothing. */
function size(column: string): string {
  const gigabytes = `${column} / 1e9`;
  return column.startsWith('planned')
    ? `CASE WHEN batch IS NOT NULL THEN ${gigabytes} END`
    : gigabytes;
}
