import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { endEarly } from './end-early.ts';

/**
 * Astro's command line, with this process's arguments. Astro would send events to its makers and keep an id in the user's
 * configuration, and compiled code in the machine's folder of temporary files; both are off before it is loaded.
 */
async function runAstro(): Promise<void> {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  process.env.NODE_DISABLE_COMPILE_CACHE = '1';
  endEarly();
  const folder = dirname(fileURLToPath(import.meta.resolve('astro/package.json')));
  await import(pathToFileURL(join(folder, 'bin/astro.mjs')).href);
}

if (import.meta.main) await runAstro();
