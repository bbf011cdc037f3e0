/**
 * Runs a stage of the miniature's study in the root that is named, alone in this process, and prints the most memory that the
 * process had, in MB: `node test/memory/stage-memory.ts ROOT STAGE`.
 */
import type { WriteStream } from 'node:tty';
import { compute } from '../../pipeline/commands/compute.ts';

const [root, stage] = process.argv.slice(2) as [string, string];
const output = { isTTY: false, write: () => true } as unknown as WriteStream;
const began = performance.now();
const status = await compute('miniature', { only: [stage] }, { root, env: {}, output });
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ status, seconds, peak: process.resourceUsage().maxRSS / 1e3 }));
