import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProgressDisplay } from '../engine/progress.ts';
import { gemma2 } from '../models/gemma2.ts';
import { openModel } from '../models/model.ts';
import { familyLayout, hooksOf, saeFile } from '../sae/release.ts';
import { GEMMA_SCOPE } from '../sae/releases/gemma-scope.ts';
import type { Family } from '../schema/sae-families.ts';
import { loadTokenizer } from '../sources/formats/tokenizer.ts';
import { writeNpz } from '../sources/formats/write-npz.ts';
import { collectActivations } from './activations.ts';
import { createCorpus } from './corpus.ts';
import type { SaePlan } from './sae-plan.ts';
import { scaleActivations } from './scaled-activations.ts';
import { type SaeReport, trainSae } from './train-sae.ts';

/**
 * Train an SAE on the residual stream and on the attention heads' outputs of every layer, and a transcoder for every MLP,
 * and write them in the layout of Gemma Scope: `res/layer_N/width_W/average_l0_X/params.npz`.
 * @param dir replaced as a whole when all SAEs are trained
 */
export async function trainSaes(
  plan: SaePlan,
  modelDir: string,
  dir: string,
  display: ProgressDisplay,
): Promise<SaeReport[]> {
  const model = openModel(modelDir, gemma2);
  const corpus = createCorpus(loadTokenizer(modelDir));
  const families = Object.keys(plan.sparsity) as Family[];
  const layers = Array.from({ length: model.dims.nLayers }, (_, layer) => layer);
  const saes = families.flatMap((family) => layers.map((layer) => ({ family, layer })));
  const hooks = new Set(saes.flatMap(({ family, layer }) => hooksOf(GEMMA_SCOPE, family, layer)));
  const { kinds, byHook } = await collectActivations(model, corpus, [...hooks], plan.seed);
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const reports: SaeReport[] = [];
  for (const { family, layer } of saes) {
    const id = `${family}_${layer}`;
    const [x, y] = hooksOf(GEMMA_SCOPE, family, layer).map((hook) => byHook.get(hook)!);
    const data = scaleActivations(x!, y!, kinds);
    const done = reports.length * plan.steps;
    const { arrays, report } = await trainSae({ id, family }, plan, data, (step) =>
      display.update(done + step, saes.length * plan.steps, `steps, ${id}`),
    );
    const path = join(partial, pathOf(id, family, plan.dSae, report.l0));
    mkdirSync(dirname(path), { recursive: true });
    writeNpz(path, arrays);
    reports.push(report);
  }
  if (existsSync(dir)) rmSync(dir, { recursive: true });
  renameSync(partial, dir);
  return reports;
}

/** The path of an SAE's file in the release; its folder states the L0, rounded and at least 1. */
function pathOf(id: string, family: Family, dSae: number, l0: number): string {
  const rounded = String(Math.max(1, Math.round(l0)));
  const file = saeFile(GEMMA_SCOPE, { id, width: String(dSae) }, rounded);
  return join(familyLayout(GEMMA_SCOPE, family).folder, file);
}
