import type { ModelDims } from '../models/architecture.ts';
import { familyLayout, hooksOf } from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { parseSaeId, type SaeSpec } from '../sae/sae.ts';
import { featuresOf } from '../sae/width.ts';
import type { SaeChoice } from '../study/study.ts';

/**
 * The hooks and shapes of a study's SAEs, derived from their ids and width; their files need not exist yet. Where a
 * release has SAEs with a skip connection, all of that family are taken to have one.
 */
export const specsOf = (saes: SaeChoice, dims: ModelDims): SaeSpec[] =>
  saes.ids.map((id) => {
    const { family, layer } = parseSaeId(id);
    const release = releaseOf(saes);
    const [hook, outputHook] = hooksOf(release, family, layer);
    const hasSkip = familyLayout(release, family).skip !== undefined;
    const d = family === 'att' ? dims.nHeads * dims.dHead : dims.dModel;
    const sizes = { dIn: d, dSae: featuresOf(saes.width), dOut: d };
    return { id, family, layer, hook, outputHook, ...sizes, ...(hasSkip && { hasSkip }) };
  });
