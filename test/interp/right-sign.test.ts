import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { exactEffects } from '../../pipeline/interp/attribution/exact-effects.ts';
import { integrateSae } from '../../pipeline/interp/attribution/integrate-sae.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { DATA, itemTokens, MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { cpuReader } from '../reader.ts';

/** A short list of a topic's first items, whose metric is read after the last one. */
function shortList(topic: string) {
  const message = `Provide me with a short list of ${topic}. Just provide the names, no need for any other information.`;
  const prompt = tokenizer.encode(tokenizer.chatPrompt(message));
  const [hyphen, newline] = [tokenizer.id('-'), tokenizer.id('\n')];
  const items = itemTokens(topic)
    .slice(0, 4)
    .flatMap((item, i) => [...(i === 0 ? [] : [newline]), hyphen, ...item]);
  const ids = [...prompt, ...items];
  return {
    ids,
    metricPos: ids.length - 1,
    pair: [tokenizer.id(' '), newline] as const,
    lengths: { prompt: prompt.length + 1, prefix: prompt.length + 1 },
    word: ids.indexOf(tokenizer.id(' short')),
  };
}

test('the feature of res_1 that does most at “short” speaks for the end, though the gradient says otherwise', async () => {
  const readings = ['Colors', 'Fruits', 'Animals'].map(shortList);
  const dirs = { res: join(DATA, 'models/miniature-saes/res') };
  const file = await openSae({ release: GEMMA_SCOPE, dirs, width: '384' }, 'res_1');
  const reader = cpuReader(loadModel(MINIATURE), { batchSize: 3 });
  const [rows] = await integrateSae(reader, file, [{ path: 'zero', readings }], {
    steps: 65,
    tolerance: 0.02,
    top: 200,
    topOfPart: 1,
  });
  const cells = rows!.map(({ byMagnitude, byGradient, metrics }, i) => {
    const reading = readings[i]!;
    const at = [...byMagnitude, ...byGradient].find(
      ({ pos, feature }) => pos === reading.word && feature === 48,
    );
    assert.ok(at, `res_1_48 is not active at the word of list ${i}`);
    return { ...at, reading, metric: metrics.end };
  });
  const effects = await exactEffects(reader, await file.load(), cells);
  for (const [i, { attribution, gradient }] of cells.entries()) {
    assert.ok(effects[i]! < -0.5, `taking it away lowers the metric: ${effects[i]}`);
    assert.ok(attribution > 0.1, `integrated: ${attribution}`);
    assert.ok(gradient < 0, `gradient: ${gradient}`);
  }
});
