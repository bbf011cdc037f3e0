/** Runs a stage with a large table into the folder that is named: `node test/engine/large-stage.ts RESULTS [ROWS]`. */
import { runStage } from '../../pipeline/engine/run.ts';
import { numbers, toyStudy } from './toy-study.ts';

const [results, rows = '200000'] = process.argv.slice(2) as [string, string?];
const ends: (() => void)[] = [];
const { run, count } = toyStudy({ after: (end) => void ends.push(end) });

/** Rows that a batch of the stage writes. */
const BATCH = 1000;

const large = {
  ...count,
  async run({ write }: Parameters<typeof count.run>[0]) {
    for (let first = 0; first < Number(rows); first += BATCH)
      write(
        numbers,
        Array.from({ length: BATCH }, (_, i) => ({
          n: Math.floor(Math.abs(Math.sin(first + i + 1)) * 2 ** 30),
        })),
      );
  },
};

try {
  await runStage({ ...run, results, stages: [large] }, large, () => {});
  console.log(process.resourceUsage().maxRSS / 1e3);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  for (const end of ends) end();
}
