import type { Keep } from '../../engine/kept.ts';
import type { Progress } from '../../engine/progress.ts';
import type { Transcoders } from '../../interp/circuit/linear-view.ts';
import { gateFeeds, type LayerGate, splicedModel } from '../../interp/circuit/spliced-model.ts';
import type { Reader } from '../../interp/reader.ts';
import { listMetrics } from '../../lists/list-metrics.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import { BATCH_FACTOR, type Completion, generate } from '../../runtime/generate.ts';
import type { Sae } from '../../sae/sae.ts';
import type { CircuitArm, CircuitListRow } from '../../schema/circuit-lists.ts';
import type { Settings } from '../../study/study.ts';
import type { ListRow } from '../lists-by-id.ts';

/** Lists that are written with one set of gates; without gates, as the model writes them. */
export interface CircuitVariant {
  /** Among those of the study, in file names. */
  readonly number: number;
  readonly arm: CircuitArm;
  readonly nFeatures: number | null;
  /** Noises of the lists; of random features also the index of their draw. */
  readonly draws: readonly number[];
  readonly gates: readonly (LayerGate | null)[] | null;
}

export interface WriteSetting {
  readonly reader: Reader;
  readonly form: TokenForm;
  readonly transcoders: Transcoders<Sae>;
  readonly study: Pick<Settings, 'seed' | 'sampling' | 'templates'>;
  /** Of one template. */
  readonly lists: readonly ListRow[];
  readonly keep: Keep;
  readonly progress: Progress;
}

/** Let the model write every list under every variant. */
export async function writeCircuitLists(
  setting: WriteSetting,
  variants: readonly CircuitVariant[],
): Promise<CircuitListRow[]> {
  const { form, lists, keep, progress } = setting;
  const rows: CircuitListRow[] = [];
  for (const [i, variant] of variants.entries()) {
    const runs = lists.flatMap((list) => variant.draws.map((draw) => ({ list, draw })));
    const completions = await keep(`variant-${variant.number}`, () =>
      complete(setting, variant, runs),
    );
    runs.forEach(({ list, draw }, j) => {
      rows.push(listRow({ list, draw, variant, completion: completions[j]! }, form));
    });
    progress(i + 1, variants.length, 'edits of whole circuits');
  }
  return rows;
}

interface Run {
  readonly list: ListRow;
  readonly draw: number;
}

function complete(
  { reader, form, transcoders, study, lists }: WriteSetting,
  { gates }: CircuitVariant,
  runs: readonly Run[],
): Promise<Completion[]> {
  const { model, uncounted, provider, batchSize } = reader;
  return generate(
    gates ? splicedModel(model, transcoders, uncounted) : model,
    runs.map(({ list, draw }) => ({
      key: `circuit ${draw} ${list.sample_id}`,
      prompt: list.token_ids.slice(0, list.n_prompt_tokens),
    })),
    {
      provider,
      seed: study.seed,
      temperature: study.sampling.temperature,
      topP: study.sampling.topP,
      maxNewTokens: study.templates[lists[0]!.template].maxNewTokens,
      stopIds: form.stopIds,
      batchSize: batchSize * BATCH_FACTOR,
      feeds: gates ? gateFeeds(transcoders, gates) : undefined,
    },
  );
}

function listRow(
  {
    list,
    draw,
    variant,
    completion,
  }: Run & { readonly variant: CircuitVariant; readonly completion: Completion },
  form: TokenForm,
): CircuitListRow {
  const ids = [...list.token_ids.slice(0, list.n_prompt_tokens), ...completion.ids];
  const { metrics } = listMetrics(
    { ids, promptLength: list.n_prompt_tokens, ended: completion.ended },
    form,
  );
  return {
    sample_id: list.sample_id,
    arm: variant.arm,
    n_features: variant.nFeatures,
    draw,
    ...metrics,
  };
}
