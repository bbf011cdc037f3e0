import type { ModelDims } from '../models/architecture.ts';
import { hooksOf } from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { parseSaeId, type SaeSpec } from '../sae/sae.ts';
import type { SaeChoice } from '../study/study.ts';

/** The hooks and shapes of a study's SAEs, derived from their ids and width; their files need not exist yet. */
export const specsOf = ({ hub, width, ids }: SaeChoice, dims: ModelDims): SaeSpec[] =>
  ids.map((id) => {
    const { family, layer } = parseSaeId(id);
    const [hook, outputHook] = hooksOf(releaseOf(hub), family, layer);
    const d = family === 'att' ? dims.nHeads * dims.dHead : dims.dModel;
    return { id, family, layer, hook, outputHook, dIn: d, dSae: featuresOf(width), dOut: d };
  });

/** Number of features of a width such as `16k` (16,384) or `384`. */
const featuresOf = (width: string): number =>
  width.endsWith('k') ? Number(width.slice(0, -1)) * 1024 : Number(width);
