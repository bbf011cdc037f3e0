import { gigabytes, type StagePlan } from '../engine/memory-plan.ts';
import { MEMORY_KINDS, totalUse } from '../graph/memory-use.ts';
import { isWidened } from '../resources/widened-model.ts';
import { parametersOf } from '../sae/sae.ts';
import { widenedBytes } from '../sources/formats/widen.ts';
import type { Planning } from '../stages/plan.ts';
import { specsOf } from '../stages/sae-specs.ts';
import { align } from './align.ts';
import type { Run } from './run.ts';

/**
 * The resources that each stage of a study needs, as text: the memory of its largest graph at the largest batch that
 * fits, and disk space. List lengths are those of the sampled lists or, before sampling, the templates' limits.
 */
export async function planText(run: Run): Promise<string> {
  const rows = [['stage', 'batch', ...MEMORY_KINDS, 'sum, GB', 'largest graph']];
  for (const stage of run.stages) rows.push(rowOf((await run.plan(stage)).plan));
  const { planning } = run;
  if (planning === null) return `no model is run\n\n${align(rows)}\n`;
  const { name, memory } = planning.device;
  const device = `graphs may use ${gigabytes(memory)} GB of the ${name} device`;
  return `${device}\n\n${align(rows)}\n\n${diskText(planning)}\n`;
}

function rowOf({ stage, batchSize, graph, use }: StagePlan): string[] {
  if (batchSize === null) return [stage, '–', ...MEMORY_KINDS.map(() => '–'), '–', ''];
  const parts = MEMORY_KINDS.map((kind) => gigabytes(use[kind]));
  return [stage, String(batchSize), ...parts, gigabytes(totalUse(use)), graph ?? ''];
}

function diskText({ study, outline, provider, saes: known }: Planning): string {
  const { dims, checkpoint } = outline();
  const weights = [...checkpoint.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const copy = isWidened(checkpoint, provider) ? widenedBytes(checkpoint) : 0;
  const saes = known ?? (study.saes ? specsOf(study.saes, dims) : []);
  const ofSaes = saes.reduce((sum, sae) => sum + 4 * parametersOf(sae), 0); // float32
  const parts = [
    `model ${gigabytes(weights)} GB`,
    ...(copy > 0 ? [`its weights as float32 ${gigabytes(copy)} GB`] : []),
    ...(saes.length > 0 ? [`SAEs ${gigabytes(ofSaes)} GB`] : []),
  ];
  return `disk: ${parts.join(', ')}; tables come to less than 1 GB`;
}
