/**
 * Kill a compute of the miniature's study, with two topics and few samples, at random instants and at every rename; compute on,
 * and compare each table with that of a run that was left alone: `node test/kill/run.ts [INSTANTS] [SEED] [STAGE ...]`, 60 instants of
 * all stages where nothing is given. Of all stages it takes an hour or two, of `1-generate 2-explore` some minutes.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';
import { computeUntil, type Death, leftovers, tableHashes } from './kill-compute.ts';

const [instants = '60', seed = '1', ...stages] = process.argv.slice(2);
if (!(Number.isInteger(Number(instants)) && Number(instants) > 0))
  throw new Error(`INSTANTS is a whole number above 0, not ${instants}`);
const ends: (() => void)[] = [];
const scope = { after: (end: () => void) => void ends.push(end) };

try {
  process.exitCode = (await runAll()) ? 0 : 1;
} finally {
  for (const end of ends) end();
}

async function runAll(): Promise<boolean> {
  const empty = smallRoot(tempDir(scope), 5);
  const whole = join(tempDir(scope), 'whole');
  cpSync(empty, whole, { recursive: true });
  const began = performance.now();
  await computeUntil(whole, stages);
  const took = performance.now() - began;
  const wanted = JSON.stringify(tableHashes(whole));
  const random = keyedRandom(Number(seed), 'instants of death');
  const root = join(tempDir(scope), 'killed');
  let [kills, atRenames, failures] = [0, 0, 0];
  const check = (what: string) => {
    const same = JSON.stringify(tableHashes(root)) === wanted && leftovers(root).length === 0;
    if (!same) failures += 1;
    console.log(`${what}: ${same ? 'every table the same' : `DIFFERENT (${leftovers(root)})`}`);
  };
  const restart = () => {
    rmSync(root, { recursive: true, force: true });
    cpSync(empty, root, { recursive: true });
  };
  // One run after the other, each killed several times, so that deaths follow deaths.
  while (kills < Number(instants)) {
    restart();
    let deaths = 0;
    while (await computeUntil(root, stages, nextDeath(took, random))) deaths += 1;
    kills += deaths;
    check(`${deaths} random instants (${kills} of ${instants})`);
  }
  for (const side of ['before', 'after'] as const)
    for (let rename = 1; ; rename++) {
      restart();
      if (!(await computeUntil(root, stages, { rename, side }))) break;
      await computeUntil(root, stages);
      atRenames += 1;
      check(`${side} rename ${rename}`);
    }
  console.log(`${kills} random instants, ${atRenames} renames: ${failures} failures`);
  return failures === 0;
}

/** A random instant of a run that takes so long. A declaration, as the script runs before this line. */
function nextDeath(took: number, random: () => number): Death {
  return { after: random() * took };
}
