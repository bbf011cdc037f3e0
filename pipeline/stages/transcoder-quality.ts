import { replacedLosses, replacedUse } from '../interp/circuit/replaced-mlps.ts';
import { readHookStatistics } from '../interp/sae-quality/hook-statistics.ts';
import { saeQuality, saeQualityUses } from '../interp/sae-quality/sae-quality.ts';
import { completions } from '../schema/completions.ts';
import { transcoderQuality, transcodersTogether } from '../schema/sae-quality.ts';
import { TEMPLATES } from '../schema/templates.ts';
import { tokens } from '../schema/tokens.ts';
import { transcodersByLayer } from './circuits/by-layer.ts';
import { defineStage } from './define.ts';
import { listCounts, longestList } from './extent.ts';
import { readerOf } from './reader.ts';
import { measuredLists, qualityReadings } from './sae-quality/readings.ts';
import { qualityRows } from './sae-quality/rows.ts';
import { togetherRows } from './sae-quality/together.ts';

/**
 * How well do the transcoders of circuits stand for the MLPs? As `5-sae-quality` measures SAEs, one transcoder at a time; and
 * the cross-entropy with all of them in the place of their MLPs at once.
 */
export const transcoderQualityStage = defineStage({
  name: 'transcoder-quality',
  source: import.meta.url,
  settings: ['batchSize', 'sampling', 'saes', 'circuits'],
  needs: ['model', 'transcoders'],
  reads: [completions, tokens],
  writes: [transcoderQuality, transcodersTogether],

  graphs: ({ model, transcoders, longest, lists }) => {
    const extent = { tokens: longestList(longest), sequences: listCounts(TEMPLATES, lists).all };
    const byLayer = transcodersByLayer(transcoders, model.dims.nLayers);
    return [...saeQualityUses(model, transcoders, extent), replacedUse(model, byLayer, extent)];
  },

  async run(context) {
    const { study, transcoders, read, write, progress } = context;
    const lists = measuredLists(await read(completions), study);
    const readings = await qualityReadings(lists, read);
    const reader = readerOf(context);
    const statistics = await readHookStatistics(reader, transcoders, readings, (done) =>
      progress(done, readings.length, 'lists, to know their means'),
    );
    const qualities = await saeQuality(reader, transcoders, readings, {
      statistics,
      onProgress: (done, total) => progress(done, total, 'transcoders'),
    });
    write(transcoderQuality, qualityRows(qualities));
    if (readings.length === 0) {
      write(transcodersTogether, []);
      return;
    }
    const files = transcodersByLayer(transcoders, reader.model.dims.nLayers);
    const loaded = await Promise.all(files.map((file) => (file ? file.load() : null)));
    const means = files.map((file) => (file ? statistics.get(file.outputHook)!.mean : null));
    const losses = await replacedLosses(reader, loaded, readings, {
      means,
      onProgress: (done) => progress(done, readings.length, 'lists, all transcoders together'),
    });
    write(
      transcodersTogether,
      togetherRows(readings, losses, { ...reader, n: transcoders.length }),
    );
  },
});
