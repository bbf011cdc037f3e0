import { ablationEffects } from '../schema/ablation-effects.ts';
import { baselineEffects } from '../schema/baseline-effects.ts';
import { predictions as table } from '../schema/predictions.ts';
import { defineStage } from './define.ts';
import { predictionRow } from './predictions/outcome.ts';

/** Set what was predicted before the study's lists were edited beside what was found. */
export const predictionsStage = defineStage({
  name: '10-predictions',
  source: import.meta.url,
  settings: [],
  needs: ['predictions'],
  reads: [ablationEffects, baselineEffects],
  writes: [table],

  async run({ predictions, read, write }) {
    const effects = {
      ablation: await read(ablationEffects, "topic IS NULL AND protocol = 'from-prompt'"),
      baselines: await read(baselineEffects),
    };
    write(
      table,
      predictions.map((prediction) => predictionRow(prediction, effects)),
    );
  },
});
