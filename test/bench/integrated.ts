import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import { integrateSae } from '../../pipeline/interp/attribution/integrate-sae.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { cpuReader } from '../reader.ts';
import { interleaved, type Log, type Measurement, medianRatio } from './measure.ts';

const BATCH = 32;
const LENGTH = 60;
const ROUNDS = 3;
/** As in the study of the miniature, and the few points of the real models'. */
const SAMPLING = { many: { steps: 65, tolerance: 0.02 }, few: { steps: 13, tolerance: 0.05 } };
const MEGA = 2 ** 20;

const readingsOf = ({ dims }: Model) =>
  Array.from({ length: BATCH }, (_, row) => ({
    ids: Array.from({ length: LENGTH }, (_, pos) => (row * 61 + pos * 37) % dims.dVocab),
    metricPos: LENGTH - 1,
    lengths: { prompt: LENGTH / 2, prefix: LENGTH - 2 },
    pair: [1, 2] as const,
  }));

const passOf = (model: Model) => ({ path: 'zero', readings: readingsOf(model) }) as const;

const METHODS = {
  gradient: (model: Model, sae: SaeFile) =>
    attributeSaes(cpuReader(model, { batchSize: BATCH }), [sae], [passOf(model)], {
      top: 100,
      topOfPart: 20,
      onRows: () => {},
    }),
  few: (model: Model, sae: SaeFile) => integrated(model, sae, 'few'),
  many: (model: Model, sae: SaeFile) => integrated(model, sae, 'many'),
} as const;

/** @returns mean number of points of a path */
async function integrated(model: Model, sae: SaeFile, how: keyof typeof SAMPLING): Promise<number> {
  const reader = cpuReader(model, { batchSize: BATCH });
  const options = { ...SAMPLING[how], top: 100, topOfPart: 20 };
  const [rows] = await integrateSae(reader, sae, [passOf(model)], options);
  return rows!.reduce((sum, { metrics }) => sum + metrics.points, 0) / rows!.length;
}

/** What integrated gradients of one of the miniature's SAEs take, beside the plain gradient: time, and peak memory. */
export async function measureIntegrated(data: string, log: Log): Promise<Measurement[]> {
  const [model, sae] = await openMiniature(data);
  const points = {
    few: await integrated(model, sae, 'few'),
    many: await integrated(model, sae, 'many'),
  };
  const seconds = await interleaved(
    {
      gradient: () => METHODS.gradient(model, sae),
      few: () => METHODS.few(model, sae),
      many: () => METHODS.many(model, sae),
    },
    { rounds: ROUNDS, log },
  );
  const peaks = { gradient: peakOf(data, 'gradient'), many: peakOf(data, 'many') };
  return [
    ...(['few', 'many'] as const).map((how) => ({
      name: `integrated gradients of ${sae.id} / plain gradient`,
      value: `${points[how].toFixed(1)} points`,
      ratio: medianRatio(seconds[how], seconds.gradient),
      note: `tolerance ${SAMPLING[how].tolerance}, ${BATCH} × ${LENGTH} tokens`,
    })),
    {
      name: `peak memory of integrated gradients of ${sae.id} / of the plain gradient`,
      value: `${(peaks.many / MEGA).toFixed(0)} MB`,
      ratio: peaks.many / peaks.gradient,
    },
  ];
}

async function openMiniature(data: string): Promise<[Model, SaeFile]> {
  const dirs = { res: join(data, 'models/miniature-saes/res') };
  const sae = await openSae({ release: GEMMA_SCOPE, dirs, width: '384' }, 'res_1');
  return [loadModel(join(data, 'models/miniature')), sae];
}

/** In bytes, of a child process. */
function peakOf(data: string, method: keyof typeof METHODS): number {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), data, method], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr);
  return Number(child.stdout);
}

if (import.meta.main) {
  const [data, method] = process.argv.slice(2) as [string, keyof typeof METHODS];
  await METHODS[method](...(await openMiniature(data)));
  process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
}
