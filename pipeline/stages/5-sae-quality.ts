import { once } from '../engine/once.ts';
import { readHookStatistics } from '../interp/sae-quality/hook-statistics.ts';
import { saeQuality, saeQualityUses } from '../interp/sae-quality/sae-quality.ts';
import type { SaeFile } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { type SaeQualityRow, saeQualityTable } from '../schema/sae-quality.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { readerOf } from './reader.ts';
import { measuredLists, qualityReadings } from './sae-quality/readings.ts';
import { qualityRows } from './sae-quality/rows.ts';

/**
 * Measure how well the SAEs reconstruct the activations of the study's own lists: L0, FVU, rise of the cross-entropy, loss
 * recovered. SAEs that the project trains have seen none of the study's topics.
 */
export const saeQualityStage = defineStage({
  name: '5-sae-quality',
  source: import.meta.url,
  settings: ['batchSize', 'sampling', 'saes'],
  needs: ['model', 'saes'],
  reads: [completions, tokens],
  writes: [saeQualityTable],
  divided: 'SAEs',

  graphs: ({ model, saes, longest, lists }) =>
    saeQualityUses(model, saes, {
      tokens: longestList(longest),
      sequences: listCounts(TEMPLATES, lists).all,
    }),

  async run(context) {
    const { study, saes, read, write, keep, divide, progress } = context;
    const lists = measuredLists(await read(completions), study);
    const readings = await qualityReadings(lists, read);
    const rowsOf = async (own: readonly SaeFile[]): Promise<SaeQualityRow[]> => {
      const measure = once(async () => {
        const reader = readerOf(context);
        const statistics = await readHookStatistics(reader, saes, readings, (done) =>
          progress(done, readings.length, 'lists, to know their means'),
        );
        const onProgress = (done: number, total: number) => progress(done, total, 'SAEs');
        const options = { only: own, statistics, onProgress };
        return qualityRows(await saeQuality(reader, saes, readings, options));
      });
      const rows: SaeQualityRow[] = [];
      for (const { id } of own) {
        const ofSae = async () => (await measure()).filter(({ sae_id }) => sae_id === id);
        rows.push(...(await keep(id, ofSae)));
      }
      return rows;
    };
    await divide(saes, rowsOf);
    write(saeQualityTable, await rowsOf(saes));
  },
});
