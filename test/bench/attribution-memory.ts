import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { attribute } from './attributed.ts';
import { gemmaLayers } from './gemma-layers.ts';
import type { Log, Measurement } from './measure.ts';
import { findSae, writeSae } from './random-sae.ts';

const FEW = 1;
const MANY = 52;
const MEGA = 2 ** 20;

/** Peak memory of attribution to one SAE of Gemma Scope's size and to 52 of them, each in a process of its own. */
export function measureAttributionMemory(dir: string, log: Log): Measurement[] {
  log('writing an SAE of random weights');
  const { dims } = gemmaLayers(dir, 1);
  writeSae(dir, 'res_0', dims.dModel);
  const [few, many] = [FEW, MANY].map((n) => {
    const peak = peakOf(dir, n);
    log(`  ${n} SAEs: ${(peak / MEGA).toFixed(0)} MB`);
    return peak;
  }) as [number, number];
  return [
    {
      name: `peak memory of attribution to ${MANY} SAEs / to ${FEW}`,
      value: `${(many / MEGA).toFixed(0)} MB`,
      ratio: many / few,
      target: '≤ 1.1',
    },
  ];
}

/** In bytes, of a child process. */
function peakOf(dir: string, n: number): number {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), dir, String(n)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr);
  return Number(child.stdout);
}

if (import.meta.main) {
  const [dir, n] = process.argv.slice(2) as [string, string];
  const sae = await findSae(dir, 'res_0');
  const saes = Array.from({ length: Number(n) }, (): SaeFile => sae);
  await attribute(loadModel(dir), saes);
  process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
}
