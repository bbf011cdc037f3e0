import type { Family } from '../schema/sae-families.ts';
import { parseSaeId, type SaeParams } from './sae.ts';

/**
 * How a release of SAEs is laid out: a record for each is in releases/. In patterns, `{hub}` is what the study names,
 * `{family}` the folder of a family, `{layer}`, `{width}` and `{l0}` what tells one SAE from another.
 */
export interface SaeRelease {
  readonly name: string;
  /** `import.meta.url` of its file: a study of its SAEs depends on that file, and on no other release's. */
  readonly source: string;
  /** Which names of a study's `saes.hub` mean this release. */
  readonly hub: RegExp;
  /** The hub's repository of a family: `{hub}-{family}`, or `{hub}` where all are in one. */
  readonly repository: string;
  /** Where an SAE lies in its repository; `{l0}` stands in one of the names of this path. */
  readonly file: string;
  readonly format: 'npz' | 'safetensors';
  /** What its files call each parameter. */
  readonly arrays: Readonly<Record<keyof SaeParams, string>>;
  /** What its files call a skip connection [d_in, d_out] beside the features; null where none has one. */
  readonly skip: string | null;
  readonly families: Readonly<Partial<Record<Family, FamilyLayout>>>;
  readonly canonical: CanonicalL0;
}

/**
 * A family's folder, and the hooks of its layer that an SAE reads and rebuilds: the same two, but for a transcoder. What
 * the norm before the MLP gives is `ln2.hook_normalized` before that norm's weight, and `ln2.output` after it.
 */
export interface FamilyLayout {
  readonly folder: string;
  readonly input: string;
  readonly output: string;
}

/** Which SAE is meant where several of one layer and width differ in their L0. */
export interface CanonicalL0 {
  /** Of these widths each layer is known to have it, so that the hub need not be asked. */
  readonly widths: readonly string[];
  /** As paths spell it; undefined for layers that the release does not have. */
  readonly l0: (family: Family, layer: number) => string | undefined;
}

/** @throws `Gemma Scope has no mlp SAEs (has res, att): …` */
export function familyLayout(release: SaeRelease, family: Family): FamilyLayout {
  const layout = release.families[family];
  if (!layout)
    throw new Error(
      `${release.name} has no ${family} SAEs (has ${Object.keys(release.families).join(', ')}): name others`,
    );
  return layout;
}

export function hooksOf(
  release: SaeRelease,
  family: Family,
  layer: number,
): readonly [input: string, output: string] {
  const { input, output } = familyLayout(release, family);
  return [`blocks.${layer}.${input}`, `blocks.${layer}.${output}`];
}

export const repositoryOf = (release: SaeRelease, hub: string, family: Family): string =>
  fill(release.repository, { hub, family: familyLayout(release, family).folder });

/** Whether each family has a repository of its own. */
export const hasRepositoryByFamily = ({ repository }: SaeRelease): boolean =>
  repository.includes('{family}');

/** Which SAE: family and layer, and how many features it has, as the paths spell it. */
export interface SaePlace {
  readonly id: string;
  readonly width: string;
}

/** Where an SAE lies in its repository. */
export const saeFile = (release: SaeRelease, place: SaePlace, l0: string): string =>
  fill(release.file, { ...partsOf(release, place), l0 });

/** The folder of an SAE's repository in which those lie that differ from it in their L0 alone, by their names. */
export function l0Folder(release: SaeRelease, place: SaePlace): string {
  const { before } = splitAtL0(release);
  return fill(before.join('/'), partsOf(release, place));
}

/** The names in that folder, of paths of the repository. */
export const namesInL0Folder = (release: SaeRelease, paths: readonly string[]): string[] => {
  const depth = splitAtL0(release).before.length;
  return [...new Set(paths.map((path) => path.split('/')[depth]!))];
};

/**
 * The canonical L0 of an SAE, or the only one that is there.
 * @param names in the folder that `l0Folder` gives
 * @param where that folder is, for the error message
 * @throws where neither decides
 */
export function chooseL0(
  release: SaeRelease,
  place: SaePlace,
  names: readonly string[],
  where: string,
): string {
  const { family, layer } = parseSaeId(place.id);
  const pattern = fill(splitAtL0(release).name, partsOf(release, place));
  const l0s = names.flatMap((name) => l0Of(name, pattern) ?? []);
  const canonical = release.canonical.l0(family, layer);
  if (canonical !== undefined && l0s.includes(canonical)) return canonical;
  if (l0s.length === 1) return l0s[0]!;
  if (canonical === undefined || l0s.length > 1)
    throw new Error(
      `${where}: several SAEs (${pattern.replace('{l0}', l0s.join(', '))}): name the L0 of one`,
    );
  return canonical;
}

/** What stands for `{l0}` in a name; undefined where the name is another, such as that of a variant. */
function l0Of(name: string, pattern: string): string | undefined {
  const [prefix, suffix] = pattern.split('{l0}') as [string, string];
  const l0 = name.slice(prefix.length, name.length - suffix.length);
  return `${prefix}${l0}${suffix}` === name && /^[^_]+$/.test(l0) ? l0 : undefined;
}

function partsOf(release: SaeRelease, { id, width }: SaePlace): Record<string, string> {
  const { family, layer } = parseSaeId(id);
  return { family: familyLayout(release, family).folder, layer: String(layer), width };
}

function splitAtL0({ file }: SaeRelease): { before: readonly string[]; name: string } {
  const names = file.split('/');
  const at = names.findIndex((name) => name.includes('{l0}'));
  return { before: names.slice(0, at), name: names[at]! };
}

/** A pattern with its parts put in; those that are not given stay. */
const fill = (pattern: string, parts: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{(\w+)\}/g, (braces, part: string) => parts[part] ?? braces);
