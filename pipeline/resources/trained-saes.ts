import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WriteStream } from 'node:tty';
import type { Resource } from '../engine/resource.ts';
import type { TokenForm } from '../lists/token-form.ts';
import { saePath } from '../sae/open-sae.ts';
import { GEMMA_SCOPE } from '../sae/releases/gemma-scope.ts';
import { FAMILIES } from '../schema/sae-families.ts';
import { sha256 } from '../schema/sha256.ts';
import { hashInto } from '../sources/formats/hash-file.ts';
import type { SaeChoice, Settings } from '../study/study.ts';
import { CORPUS } from '../train/corpus.ts';
import { isTrained, trainStudySaes } from '../train/train-study-saes.ts';
import type { SaeTraining } from '../train/training-settings.ts';
import type { StudiedModel } from './model.ts';
import type { SaeFolders } from './sae-folders.ts';

export interface TrainedSaesSource {
  readonly study: Pick<Settings, 'name' | 'batchSize' | 'templates' | 'sampling' | 'form'>;
  readonly saes: SaeChoice & { readonly train: SaeTraining };
  /** Identifies the model's weights. */
  readonly modelRevision: string;
  readonly model: Resource<StudiedModel>;
  readonly form: Resource<TokenForm>;
  /** The folder that holds the SAEs of all studies. */
  readonly cache: string;
  readonly output: WriteStream;
}

/** Changes when a change of code should train every SAE again. */
const RECIPE = 1;

/**
 * SAEs that the project trains on a study's model. Those that are missing are trained when they are fetched; they are
 * kept by what they depend on, so that another model or other settings have SAEs of their own, and studies that agree in these
 * share theirs.
 */
export function trainedSaes(source: TrainedSaesSource): SaeFolders {
  const { study, saes, model, form, output } = source;
  const dir = join(source.cache, folderOf(source));
  const dirs = Object.fromEntries(
    FAMILIES.map((family) => [family, join(dir, GEMMA_SCOPE.families[family]?.folder ?? family)]),
  );
  const width = Number(saes.width);
  let revision: string | undefined;
  return {
    id: `trained: ${study.name}`,
    dirs,
    get revision() {
      if (revision === undefined && saes.ids.every((id) => isTrained(dir, id, width)))
        revision = hashOf(
          saes.ids.map((id) => saePath({ release: GEMMA_SCOPE, dirs, width: saes.width }, id)),
        );
      return revision ?? 'not trained yet';
    },
    fetch: async () => {
      const reader = { ...(await model.open()), batchSize: study.batchSize };
      const corpusStudy = { ...study, train: saes.train };
      await trainStudySaes(
        reader,
        await form.open(),
        { dir, study: corpusStudy, width, ids: saes.ids },
        output,
      );
      return new Map();
    },
  };
}

/** The folder of the SAEs: that in which another study has them already, or one with this study's name. */
function folderOf(source: TrainedSaesSource): string {
  const recipe = recipeOf(source).slice(0, 12);
  const kept = existsSync(source.cache) ? readdirSync(source.cache).sort() : [];
  return kept.find((name) => name.endsWith(`-${recipe}`)) ?? `${source.study.name}-${recipe}`;
}

/** What the SAEs depend on, without which of them there are. */
const recipeOf = ({ study, saes, modelRevision }: TrainedSaesSource): string =>
  sha256(
    JSON.stringify([
      RECIPE,
      CORPUS,
      modelRevision,
      study.templates,
      [study.sampling.temperature, study.sampling.topP],
      study.form,
      saes.train,
      saes.width,
    ]),
  );

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) hashInto(hash, path);
  return hash.digest('hex');
}
