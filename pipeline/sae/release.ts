import type { Family } from '../schema/sae-families.ts';
import { parseSaeId, type SaeParams } from './sae.ts';

/**
 * File layout of a release of SAEs; the releases are in releases/. Placeholders in patterns: `{hub}` is the study's
 * `saes.hub`, `{family}` the folder name of a family, `{layer}`, `{width}` and `{l0}` identify an SAE.
 */
export interface SaeRelease {
  readonly name: string;
  /** `import.meta.url` of the release's file, on which the results of a study depend. */
  readonly source: string;
  /** Matches the values of `saes.hub` in a study that mean this release. */
  readonly hub: RegExp;
  /** Repository of a family on the hub: `{hub}-{family}`, or `{hub}` where all families share one. */
  readonly repository: string;
  /** Path of an SAE's file in its repository. One segment of the path contains `{l0}`. */
  readonly file: string;
  readonly format: 'npz' | 'safetensors';
  /** Name of each parameter's array in the files. */
  readonly arrays: Readonly<Record<keyof SaeParams, string>>;
  /** Name of the array of a skip connection [d_in, d_out]; null where no SAE of the release has one. */
  readonly skip: string | null;
  readonly families: Readonly<Partial<Record<Family, FamilyLayout>>>;
  readonly canonical: CanonicalL0;
}

/**
 * Folder and hooks of a family. `input` is the hook that an SAE reads, `output` the hook that it reconstructs; they
 * differ for transcoders. The output of the norm before the MLP is `ln2.hook_normalized` without the norm's weight, and
 * `ln2.output` with it.
 */
export interface FamilyLayout {
  readonly folder: string;
  readonly input: string;
  readonly output: string;
}

/** The L0 to use where several SAEs of one layer and width differ in L0. */
export interface CanonicalL0 {
  /** Widths for which every layer is known to have an SAE with the canonical L0, so that the hub need not be asked. */
  readonly widths: readonly string[];
  /** The L0 as paths spell it; undefined for layers that the release does not have. */
  readonly l0: (family: Family, layer: number) => string | undefined;
}

/** Folder and hooks of a family. @throws `Gemma Scope has no mlp SAEs (has res, att): …` */
export function familyLayout(release: SaeRelease, family: Family): FamilyLayout {
  const layout = release.families[family];
  if (!layout)
    throw new Error(
      `${release.name} has no ${family} SAEs (has ${Object.keys(release.families).join(', ')}): name others`,
    );
  return layout;
}

/** Full names of the hooks that an SAE reads and reconstructs. */
export function hooksOf(
  release: SaeRelease,
  family: Family,
  layer: number,
): readonly [input: string, output: string] {
  const { input, output } = familyLayout(release, family);
  return [`blocks.${layer}.${input}`, `blocks.${layer}.${output}`];
}

/** The repository of a family on the hub. */
export const repositoryOf = (release: SaeRelease, hub: string, family: Family): string =>
  fill(release.repository, { hub, family: familyLayout(release, family).folder });

/** Whether each family has a repository of its own. */
export const hasRepositoryByFamily = ({ repository }: SaeRelease): boolean =>
  repository.includes('{family}');

/** Identifies an SAE of a release up to its L0. */
export interface SaeKey {
  /** Family and layer: `res_20`. */
  readonly id: string;
  /** Number of features, as paths spell it: `16k`. */
  readonly width: string;
}

/** Path of an SAE's file in its repository. */
export const saeFile = (release: SaeRelease, sae: SaeKey, l0: string): string =>
  fill(release.file, { ...placeholdersOf(release, sae), l0 });

/** The folder in an SAE's repository whose entries differ only in L0. */
export function l0Folder(release: SaeRelease, sae: SaeKey): string {
  const { folders } = splitAtL0(release);
  return fill(folders.join('/'), placeholdersOf(release, sae));
}

/** The names of the entries of the folder `l0Folder`, taken from paths of files inside it. */
export const namesInL0Folder = (release: SaeRelease, paths: readonly string[]): string[] => {
  const depth = splitAtL0(release).folders.length;
  return [...new Set(paths.flatMap((path) => path.split('/')[depth] ?? []))];
};

/**
 * The canonical L0 of an SAE, or the only one in its folder.
 * @param names of the entries of the folder `l0Folder`
 * @param folder for the error message
 * @throws where there are several and none is canonical, or none at all and no canonical one
 */
export function chooseL0(
  release: SaeRelease,
  sae: SaeKey,
  names: readonly string[],
  folder: string,
): string {
  const { family, layer } = parseSaeId(sae.id);
  const pattern = fill(splitAtL0(release).name, placeholdersOf(release, sae));
  const l0s = names.flatMap((name) => l0InName(name, pattern) ?? []);
  const canonical = release.canonical.l0(family, layer);
  if (canonical !== undefined && l0s.includes(canonical)) return canonical;
  const [only, ...others] = l0s;
  if (only !== undefined && others.length === 0) return only;
  if (canonical === undefined || l0s.length > 1)
    throw new Error(
      `${folder}: several SAEs (${pattern.replace('{l0}', l0s.join(', '))}): name the L0 of one`,
    );
  return canonical;
}

/** The part of a name that matches `{l0}`; undefined where the name does not match, such as that of a variant. */
function l0InName(name: string, pattern: string): string | undefined {
  const [prefix, suffix] = pattern.split('{l0}') as [string, string];
  const l0 = name.slice(prefix.length, name.length - suffix.length);
  return `${prefix}${l0}${suffix}` === name && /^[^_]+$/.test(l0) ? l0 : undefined;
}

function placeholdersOf(release: SaeRelease, { id, width }: SaeKey): Record<string, string> {
  const { family, layer } = parseSaeId(id);
  return { family: familyLayout(release, family).folder, layer: String(layer), width };
}

/** The segment of a release's path pattern with `{l0}`, and the folders before it. */
function splitAtL0({ file }: SaeRelease): { folders: readonly string[]; name: string } {
  const segments = file.split('/');
  const index = segments.findIndex((segment) => segment.includes('{l0}'));
  return { folders: segments.slice(0, index), name: segments[index]! };
}

/** Replace the placeholders of a pattern that have a value. */
const fill = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
