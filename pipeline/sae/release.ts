import type { Family } from '../schema/sae-families.ts';
import { parseSaeId, type SaeParams, type SaeSpec } from './sae.ts';

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
  /** Name of each parameter's array in the files; `skip` of a family names that of `W_skip`. */
  readonly arrays: Omit<ArrayNames, 'W_skip'>;
  readonly config?: ConfigFile;
  readonly families: Readonly<Partial<Record<Family, FamilyLayout>>>;
  readonly canonical: CanonicalL0;
}

/** Name of each parameter's array in a file. */
export type ArrayNames = { readonly [Name in keyof SaeParams]: string };

/** A JSON file in the folder of an SAE's file, which says what the SAE is. It may be missing. */
export interface ConfigFile {
  readonly name: string;
  /**
   * Check that it says what hooks and arrays say.
   * @param config undefined where the file is missing
   * @param path of the file, or where it would be
   * @throws one line with the file, the key and its value, where it does not, or says what is not understood
   */
  readonly check: (config: unknown, path: string, sae: SaeSpec) => void;
}

/**
 * Folder and hooks of a family. `input` is the hook that an SAE reads, `output` the hook that it reconstructs; they
 * differ for transcoders. The output of the norm before the MLP is `ln2.hook_normalized` without the norm's weight, and
 * `ln2.output` with it.
 */
export interface FamilyLayout {
  readonly folder: string;
  /** A second folder, for SAEs that `folder` does not have. */
  readonly otherFolder?: string;
  readonly input: string;
  readonly output: string;
  /** Name of the array of a skip connection [d_in, d_out], where SAEs of the family may have one. */
  readonly skip?: string;
}

/** The L0 to use where several SAEs of one layer and width differ in L0. */
export interface CanonicalL0 {
  /** Widths for which every layer is known to have an SAE with the canonical L0, so that the hub need not be asked. */
  readonly widths: readonly string[];
  /** L0s as paths spell them, the preferred one first; none for layers that the release does not have. */
  readonly l0s: (sae: { family: Family; layer: number; folder: string }) => readonly string[];
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
  /** The family's folder with this SAE; the first where left out. */
  readonly folder?: string;
}

/** An SAE in each folder of its family, the preferred one first. */
export function placesOf(release: SaeRelease, { id, width }: SaeKey): [SaeKey, ...SaeKey[]] {
  const { folder, otherFolder } = familyLayout(release, parseSaeId(id).family);
  const others = otherFolder === undefined ? [] : [otherFolder];
  return [{ id, width, folder }, ...others.map((other) => ({ id, width, folder: other }))];
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

/** An SAE in one folder of its family, with the names of the entries of `l0Folder` there. */
export interface Listing {
  readonly place: SaeKey;
  readonly names: readonly string[];
}

/** The first listing that has the SAE at some L0; the first of all where none has it. */
export const firstListing = (
  release: SaeRelease,
  listings: readonly Listing[],
): Listing | undefined =>
  listings.find(({ place, names }) => l0sIn(names, l0Pattern(release, place)).length > 0) ??
  listings[0];

/**
 * The canonical L0 of an SAE, or the only one in its folder. Variants, such as `small_affine`, count where they are
 * canonical or there is nothing else.
 * @param names of the entries of the folder `l0Folder`
 * @param folder for the error message
 * @throws where there are several and none is canonical, or none at all and no L0 is canonical
 */
export function chooseL0(
  release: SaeRelease,
  sae: SaeKey,
  names: readonly string[],
  folder: string,
): string {
  const pattern = l0Pattern(release, sae);
  const found = l0sIn(names, pattern);
  const canonical = release.canonical.l0s(siteOf(release, sae));
  const preferred = canonical.find((l0) => found.includes(l0));
  if (preferred !== undefined) return preferred;
  const plain = found.filter((l0) => !l0.includes('_'));
  const l0s = plain.length > 0 ? plain : found;
  const [only, ...others] = l0s;
  if (only !== undefined && others.length === 0) return only;
  const [first] = canonical;
  if (l0s.length > 1)
    throw new Error(
      `${folder}: several SAEs (${pattern.replace('{l0}', l0s.join(', '))}): name the L0 of one`,
    );
  if (first === undefined)
    throw new Error(
      `${folder}: no ${sae.id} of width ${sae.width} (${pattern}): train it, name another folder, or leave it out of the study`,
    );
  return first;
}

/** The name of an entry of the folder `l0Folder`, with the placeholder `{l0}`. */
const l0Pattern = (release: SaeRelease, sae: SaeKey): string =>
  fill(splitAtL0(release).name, placeholdersOf(release, sae));

/** What stands in place of `{l0}` in those names that match a pattern, with the suffix of variants. */
function l0sIn(names: readonly string[], pattern: string): string[] {
  const [prefix, suffix] = pattern.split('{l0}') as [string, string];
  return names
    .map((name) => name.slice(prefix.length, name.length - suffix.length))
    .filter((l0, i) => l0 !== '' && `${prefix}${l0}${suffix}` === names[i]);
}

function siteOf(release: SaeRelease, { id, folder }: SaeKey) {
  const { family, layer } = parseSaeId(id);
  return { family, layer, folder: folder ?? familyLayout(release, family).folder };
}

function placeholdersOf(release: SaeRelease, sae: SaeKey): Record<string, string> {
  const { folder, layer } = siteOf(release, sae);
  return { family: folder, layer: String(layer), width: sae.width };
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
