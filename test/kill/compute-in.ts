/** Runs stages of the miniature's study in a root, or all: `node test/kill/compute-in.ts ROOT [STAGE ...]`. */
import { compute } from '../../pipeline/commands/compute.ts';

const [root, ...only] = process.argv.slice(2) as [string, ...string[]];
const options = only.length === 0 ? {} : { only };
process.exitCode = await compute('miniature', options, { root, env: {}, output: process.stdout });
