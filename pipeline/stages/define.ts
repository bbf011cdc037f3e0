import type { Stage as AnyStage, Available, StageContext, TableAccess } from '../engine/stage.ts';
import type { GraphUse } from '../graph/graph-use.ts';
import type { AuthoredLists } from '../lists/authored-list.ts';
import type { TokenForm } from '../lists/token-form.ts';
import type { GeneratingProcess } from '../miniature/generating-process.ts';
import type { Explanations } from '../resources/explanations.ts';
import type { StudiedModel } from '../resources/model.ts';
import type { OtherCircuit } from '../resources/other-circuit.ts';
import type { Prediction } from '../resources/predictions.ts';
import type { ReleasedFiles } from '../resources/released.ts';
import type { SaeFile } from '../sae/sae.ts';
import type { Table } from '../schema/table.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Settings } from '../study/study.ts';
import type { Extent } from './extent.ts';

/** The resources that stages can need, besides tables. */
export interface Needs {
  readonly model: StudiedModel;
  readonly tokenizer: Tokenizer;
  /** The form of the study's lists, in the tokens of its model. */
  readonly form: TokenForm;
  /** Another form, in which the study's lists are also asked for. */
  readonly otherForm: TokenForm;
  /** In the order of the study's SAE ids. */
  readonly saes: readonly SaeFile[];
  /** The transcoders of `circuits`, in their order. */
  readonly transcoders: readonly SaeFile[];
  /** The circuit of another study of the same model, by its average graph. */
  readonly otherCircuit: OtherCircuit;
  /** Neuronpedia's explanations of features. */
  readonly explanations: Explanations;
  /** What was predicted of the study before its lists were edited. */
  readonly predictions: readonly Prediction[];
  /** The process that generated the model's training corpus; for the miniature only. */
  readonly process: GeneratingProcess;
  /** Lists that the study's model did not write, by author. */
  readonly authoredLists: readonly AuthoredLists[];
  /** The files that the original author released. */
  readonly released: ReleasedFiles;
  /** Every table that the study's stages write. */
  readonly tables: readonly Table[];
}

export type SettingName = keyof Settings;
export type NeedName = keyof Needs;
export type Stage = AnyStage<Settings, Needs, Extent>;

/** A stage as its file defines it; the fields are those of the engine's `Stage`. */
export interface StageDefinition<
  S extends SettingName,
  N extends NeedName,
  U extends NeedName = never,
> {
  readonly name: string;
  readonly source: string;
  readonly settings: readonly S[];
  readonly needs: readonly N[];
  readonly uses?: readonly U[];
  readonly reads: readonly Table[];
  readonly readsIfWritten?: readonly Table[];
  readonly writes: readonly Table[];
  readonly divided?: string;
  graphs?(extent: Omit<Extent, 'settings'> & { readonly study: Pick<Settings, S> }): GraphUse[];
  run(context: Context<S, N, U>): Promise<void>;
}

/** What a stage receives: the settings and resources that it names, its tables, and nothing else. `U` may be absent. */
export type Context<S extends SettingName, N extends NeedName, U extends NeedName = never> = {
  readonly study: Pick<Settings, S>;
} & Pick<Needs, N> &
  Partial<Pick<Needs, U>> &
  TableAccess;

/** A stage whose `run` and `graphs` receive exactly what it names. */
export function defineStage<
  const S extends SettingName,
  const N extends NeedName,
  const U extends NeedName = never,
>(definition: StageDefinition<S, N, U>): Stage {
  const { graphs, settings, needs, uses = [], ...rest } = definition;
  return {
    ...rest,
    settings,
    needs,
    uses,
    ...(graphs && {
      graphs: ({ settings: all, ...extent }) =>
        graphs({ ...extent, study: pickAll(all, settings, 'setting') }),
    }),
    run: ({
      settings: all,
      resources,
      read,
      readParts,
      write,
      keep,
      keepMany,
      divide,
      spool,
      progress,
    }: StageContext<Settings, Needs>) =>
      definition.run({
        study: pickAll(all, settings, 'setting'),
        ...pickAll(resources, needs, 'resource'),
        ...pickGiven(resources, uses),
        read,
        readParts,
        write,
        keep,
        keepMany,
        divide,
        spool,
        progress,
      }),
  };
}

/** Exactly the named entries. @throws `missing setting: seed` */
function pickAll<T extends object, K extends keyof T & string>(
  from: Available<T>,
  names: readonly K[],
  what: string,
): Pick<T, K> {
  const part = pickGiven(from, names);
  if (hasAll(part, names)) return part;
  throw new Error(`missing ${what}: ${names.find((name) => part[name] === undefined)}`);
}

const hasAll = <T extends object, K extends keyof T>(
  part: Partial<Pick<T, K>>,
  names: readonly K[],
): part is Pick<T, K> => names.every((name) => part[name] !== undefined);

/** The named entries that are given. */
function pickGiven<T extends object, K extends keyof T>(
  from: Available<T>,
  names: readonly K[],
): Partial<Pick<T, K>> {
  const part: Partial<Pick<T, K>> = {};
  for (const name of names) if (from[name] !== undefined) part[name] = from[name];
  return part;
}
