import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { withProgress } from '../engine/progress.ts';
import { saePath } from '../sae/open-sae.ts';
import {
  chooseL0,
  familyLayout,
  firstListing,
  hasRepositoryByFamily,
  type Listing,
  l0Folder,
  namesInL0Folder,
  placesOf,
  repositoryOf,
  type SaeKey,
  type SaeRelease,
  saeFile,
} from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { chooseConfigs, halfSaeLens, saeLensFolders } from '../sae/releases/saelens/find.ts';
import { CONFIG, openConfigured, WEIGHTS } from '../sae/releases/saelens/open.ts';
import { parseSaeId, type SaeFile } from '../sae/sae.ts';
import { featuresOf } from '../sae/width.ts';
import { FAMILIES, type Family } from '../schema/sae-families.ts';
import { hashFiles } from '../sources/hash-files.ts';
import { missingOf, snapshotOf } from '../sources/hub/cache.ts';
import { fetchFiles, findRemote, listRemote, refuseOffline } from '../sources/hub/fetch-files.ts';
import type { Hub, Source } from '../sources/hub/hub.ts';
import { AbsentEntry } from '../sources/hub/request.ts';
import type { LookupOptions } from '../sources/model-folder.ts';
import type { SaeChoice } from '../study/study.ts';

/** The folders of a study's SAEs, and the revision that identifies their content. */
export interface SaeFolders {
  /** The release, for the provenance. */
  readonly id: string;
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Commits of the hub's repositories, or the hash of the files of local SAEs; changes when SAEs are trained. */
  readonly revision: string;
  /**
   * Fetch the SAEs on the hub that are not in the cache, or train those that are missing.
   * @returns the average L0 of each SAE by id, as its path spells it: the cache may contain SAEs of several L0s
   */
  readonly fetch?: () => Promise<ReadonlyMap<string, string>>;
  /** SAEs in SAELens' format: opened as they are looked for, as their files say what they are. */
  readonly saeLens?: readonly SaeFile[];
}

/**
 * Find a study's SAEs: a local folder with SAEs in SAELens' format, or with one subfolder for each family, or the hub's
 * repositories.
 * @throws if a local folder is missing: which one, and how to get it; if an SAE is not supported
 */
export async function saeFolders(
  saes: SaeChoice,
  { root, hub, output, override }: LookupOptions,
): Promise<SaeFolders> {
  if (override !== undefined)
    // It may lie anywhere: its place is no matter of the results.
    return localSaes(
      saes,
      { dir: override, name: basename(override), remedy: 'name their folder' },
      output,
    );
  if (saes.dir !== undefined) {
    const folder = { name: saes.dir, remedy: 'run "npm run train -- saes"' };
    return localSaes(saes, { ...folder, dir: join(root, saes.dir) }, output);
  }
  const release = releaseOf(saes);
  const sources = familiesOf(saes).map(
    (family) => [family, sourceOf(release, saes, family)] as const,
  );
  return {
    id: saes.hub!,
    dirs: Object.fromEntries(sources.map(([family, source]) => [family, snapshotOf(hub, source)])),
    revision: sources.map(([family, { revision }]) => `${family} ${revision}`).join(', '),
    fetch: async () => {
      const l0s = new Map<string, string>();
      for (const [family, source] of sources) {
        const keys = familySaes(saes, family);
        const fetched = await fetchFamily(release, keys, source, { hub, output });
        for (const { id, l0 } of fetched) l0s.set(id, l0);
      }
      return l0s;
    },
  };
}

const familiesOf = ({ ids }: SaeChoice): Family[] =>
  FAMILIES.filter((family) => ids.some((id) => parseSaeId(id).family === family));

const familySaes = ({ ids, width }: SaeChoice, family: Family): SaeKey[] =>
  ids.filter((id) => parseSaeId(id).family === family).map((id) => ({ id, width }));

const sourceOf = (release: SaeRelease, { hub, revisions }: SaeChoice, family: Family): Source => ({
  repo: repositoryOf(release, hub!, family),
  revision: revisions![family]!,
});

/** An SAE of which folder and L0 are chosen. */
type ChosenSae = SaeKey & { readonly l0: string };

/** Fetch the SAEs of one family, each with its config file where the release has one. @returns what was chosen */
async function fetchFamily(
  release: SaeRelease,
  saeKeys: readonly SaeKey[],
  source: Source,
  { hub, output }: Pick<LookupOptions, 'hub' | 'output'>,
): Promise<ChosenSae[]> {
  const chosen: ChosenSae[] = [];
  for (const sae of saeKeys) chosen.push(await chooseRemote(release, sae, hub, source));
  const paths = chosen.map(({ l0, ...sae }) => saeFile(release, sae, l0));
  const missing = missingOf(hub, source, paths);
  if (missing.length === 0) return chosen;
  if (hub.offline) refuseOffline(source, missing);
  const { config } = release;
  const configs = config ? missing.map((path) => join(dirname(path), config.name)) : [];
  const files = await findRemote(hub, source, missing, configs);
  await withProgress(`fetching ${source.repo}`, output, (progress) =>
    fetchFiles(hub, source, files, progress),
  );
  return chosen;
}

/** The folder and L0 of one SAE: canonical for its width, else chosen from the files in the repository. */
async function chooseRemote(
  release: SaeRelease,
  sae: SaeKey,
  hub: Hub,
  source: Source,
): Promise<ChosenSae> {
  const places = placesOf(release, sae);
  const isKnown = release.canonical.widths.includes(sae.width);
  const listings: Listing[] = [];
  for (const place of isKnown ? [] : places)
    listings.push({ place, names: await remoteNames(release, place, hub, source) });
  const { place, names } = firstListing(release, listings) ?? { place: places[0], names: [] };
  const folder = `${source.repo}/${l0Folder(release, place)}`;
  return { ...place, l0: chooseL0(release, place, names, folder) };
}

/** The names of the entries of an SAE's folder in its repository; offline, of those in the cache. */
async function remoteNames(
  release: SaeRelease,
  place: SaeKey,
  hub: Hub,
  source: Source,
): Promise<string[]> {
  const folder = l0Folder(release, place);
  if (hub.offline) return entriesOf(join(snapshotOf(hub, source), folder));
  try {
    const files = await listRemote(hub, source, folder, true);
    return namesInL0Folder(
      release,
      files.map(({ path }) => path),
    );
  } catch (error) {
    // The family's other folder may have the SAE.
    if (error instanceof AbsentEntry && placesOf(release, place).length > 1) return [];
    throw error;
  }
}

const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

interface LocalFolder {
  readonly dir: string;
  /** What it is called in results. */
  readonly name: string;
  /** What to do where it lacks SAEs. */
  readonly remedy: string;
}

async function localSaes(
  saes: SaeChoice,
  { dir, name, remedy }: LocalFolder,
  output: WriteStream,
): Promise<SaeFolders> {
  const folders = saeLensFolders(dir);
  if (folders.length > 0) return saeLensSaes(saes, { dir, name, folders }, output);
  const release = releaseOf(saes);
  const dirs: SaeFolders['dirs'] = Object.fromEntries(
    familiesOf(saes).map((family) => [family, localFolder(release, saes, family, { dir, remedy })]),
  );
  const paths = saes.ids.map((id) => saePath({ release, dirs, width: saes.width }, id));
  const absent = paths.find((path) => !existsSync(path));
  if (absent !== undefined)
    throw new Error(`missing SAEs: ${absent}${halfSaeLens(dir)}: ${remedy}`);
  const files = paths.sort().map((path) => ({ name: releaseNameOf(release, dirs, path), path }));
  return {
    id: saes.hub ?? saes.dir!,
    dirs,
    revision: await hashFiles(files, dir, output),
  };
}

/** SAEs in SAELens' format: known as such by their files, and each by its config. */
async function saeLensSaes(
  { ids, width }: SaeChoice,
  {
    dir,
    name,
    folders,
  }: Pick<LocalFolder, 'dir' | 'name'> & { readonly folders: readonly string[] },
  output: WriteStream,
): Promise<SaeFolders> {
  const configs = [...chooseConfigs(dir, folders, { ids, dSae: featuresOf(width) })];
  const saeLens: SaeFile[] = [];
  for (const [, config] of configs) saeLens.push(await openConfigured(config));
  const files = configs.flatMap(([id, { path }]) =>
    [CONFIG, WEIGHTS].map((file) => ({ name: `${id}/${file}`, path: join(dirname(path), file) })),
  );
  return {
    id: `SAELens: ${name}`,
    dirs: {},
    revision: await hashFiles(files, dir, output),
    saeLens,
  };
}

/**
 * The folder of one family: a subfolder named after the family or its repository, or `dir` itself for a release that has
 * one repository for all families.
 * @throws if there is none
 */
function localFolder(
  release: SaeRelease,
  { hub }: SaeChoice,
  family: Family,
  { dir, remedy }: { readonly dir: string; readonly remedy: string },
): string {
  if (!hasRepositoryByFamily(release)) return dir;
  const names = [
    familyLayout(release, family).folder,
    ...(hub ? [basename(repositoryOf(release, hub, family))] : []),
  ];
  const folder = names.map((name) => join(dir, name)).find(existsSync);
  if (folder === undefined)
    throw new Error(`missing SAEs: ${join(dir, names.join(' or '))}${halfSaeLens(dir)}: ${remedy}`);
  return folder;
}

/** The path of a file as the release names it, whatever its family's folder is called. */
function releaseNameOf(release: SaeRelease, dirs: SaeFolders['dirs'], path: string): string {
  const family = FAMILIES.find((each) => path.startsWith(`${dirs[each]}/`))!;
  const name = relative(dirs[family]!, path);
  return hasRepositoryByFamily(release) ? `${familyLayout(release, family).folder}/${name}` : name;
}
