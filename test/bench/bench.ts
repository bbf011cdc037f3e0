/**
 * Speed as ratios within one run, beside their targets: absolute numbers are this machine's and this
 * minute's. Nothing is asserted. All groups, or those that are named; with `--profile`, where the time of a study's stages goes.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { align } from '../../pipeline/commands/align.ts';
import { tempDir } from '../temp.ts';
import { measureAblation } from './ablation.ts';
import { measureAttribution } from './attribution.ts';
import { measureAttributionMemory } from './attribution-memory.ts';
import { measureForward } from './forward.ts';
import { measureFullSize } from './full-size.ts';
import { measureGeneration } from './generation.ts';
import { measureIntegrated } from './integrated.ts';
import type { Measurement } from './measure.ts';
import { measurePeers } from './peer-attribution.ts';
import { measurePrefix } from './prefix.ts';
import { measureProducts } from './products.ts';
import { PROFILED, profileStages } from './profile.ts';
import { measureReport } from './report.ts';
import { measureStages } from './stages.ts';

const data = fileURLToPath(new URL('../../data', import.meta.url));
const log = (line: string) => console.log(line);
const cleanUps: (() => void)[] = [];
const temp = () => tempDir({ after: (remove) => void cleanUps.push(remove as () => void) });

const GROUPS: Readonly<Record<string, () => Measurement[] | Promise<Measurement[]>>> = {
  forward: () => measureForward(temp(), log),
  attribution: () => measureAttribution(temp(), log),
  peers: () => measurePeers(temp(), log),
  memory: () => measureAttributionMemory(temp(), log),
  miniature: measureMiniature,
  prefix: () => measurePrefix(join(data, 'studies'), temp(), log),
  products: () => measureProducts(join(data, 'studies'), temp(), log),
  report: () => measureReport(data, temp(), log),
  'full-size': () => measureFullSize(data, temp(), log),
};

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'boolean', default: false } },
});
const known = Object.keys(values.profile ? PROFILED : GROUPS);
const unknown = asked.find((name) => !known.includes(name));
if (unknown !== undefined) {
  const kind = values.profile ? 'study to profile' : 'group';
  console.error(`error: unknown ${kind}: ${unknown} (known: ${known.join(', ')})`);
  process.exit(1);
}

try {
  if (values.profile)
    for (const study of asked.length > 0 ? asked : ['miniature'])
      console.log(`\n${study}\n${await profileStages(study, temp(), log)}`);
  else console.log(`\n${format(await measureAll())}`);
} finally {
  for (const remove of cleanUps) remove();
}

async function measureAll(): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const [name, measure] of Object.entries(GROUPS))
    if (asked.length === 0 || asked.includes(name)) rows.push(...(await measure()));
  return rows;
}

async function measureMiniature(): Promise<Measurement[]> {
  if (!existsSync(join(data, 'models/miniature/model.safetensors'))) {
    const note = 'skipped: data/models/miniature has no model.safetensors (npm run train)';
    return ['generation', 'ablated generation', 'integrated gradients', 'stages 1 to 3'].map(
      (name) => ({
        name,
        value: '–',
        note,
      }),
    );
  }
  log('generating with the miniature');
  const generation = await measureGeneration(data, log);
  log('generating with and without edits');
  const ablation = await measureAblation(data, log);
  log('integrating gradients of the miniature');
  const integrated = await measureIntegrated(data, log);
  log('running the stages of the miniature');
  return [...generation, ...ablation, ...integrated, ...(await measureStages(data, temp(), log))];
}

function format(rows: readonly Measurement[]): string {
  const cells = rows.map(({ name, value, ratio, target, note }) => [
    name,
    value,
    ratio?.toFixed(2) ?? '',
    target ?? '',
    note ?? '',
  ]);
  return align([['measurement', 'value', 'ratio', 'target', ''], ...cells]);
}
