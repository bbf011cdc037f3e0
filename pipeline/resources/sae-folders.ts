import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { withProgress } from '../engine/progress.ts';
import { saePath } from '../sae/open-sae.ts';
import {
  chooseL0,
  familyLayout,
  hasRepositoryByFamily,
  l0Folder,
  namesInL0Folder,
  repositoryOf,
  type SaeKey,
  type SaeRelease,
  saeFile,
} from '../sae/release.ts';
import { releaseOf } from '../sae/releases/all.ts';
import { parseSaeId } from '../sae/sae.ts';
import { FAMILIES, type Family } from '../schema/sae-families.ts';
import { hashFiles } from '../sources/hash-files.ts';
import { missingOf, snapshotOf } from '../sources/hub/cache.ts';
import { fetchFiles, findRemote, listRemote, refuseOffline } from '../sources/hub/fetch-files.ts';
import type { Hub, Source } from '../sources/hub/hub.ts';
import type { Places } from '../sources/model-folder.ts';
import type { SaeChoice } from '../study/study.ts';

/** A study's SAEs on this machine, and what identifies their content. */
export interface SaeFolders {
  /** Release, for the provenance. */
  readonly id: string;
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Commits of the hub's repositories, or the hash of the files of SAEs in folders. */
  readonly revision: string;
  /**
   * Bring what the cache lacks of SAEs on the hub.
   * @returns the L0 of each, by id, as its path spells it: the cache may hold others at the same place
   */
  readonly fetch?: () => Promise<ReadonlyMap<string, string>>;
}

/**
 * Find a study's SAEs: a folder with one subfolder a family, or the hub's repositories.
 * @throws where folders are not there: what is missing, and how to get it
 */
export async function saeFolders(
  saes: SaeChoice,
  { root, hub, output, given }: Places,
): Promise<SaeFolders> {
  if (given !== undefined) return localSaes(saes, given, 'name their folder', output);
  if (saes.dir !== undefined)
    return localSaes(saes, join(root, saes.dir), 'run "npm run train -- saes"', output);
  const release = releaseOf(saes.hub);
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
        const places = placesOf(saes, family);
        const fetched = await fetchFamily(release, places, source, { hub, output });
        for (const { id, l0 } of fetched) l0s.set(id, l0);
      }
      return l0s;
    },
  };
}

const familiesOf = ({ ids }: SaeChoice): Family[] =>
  FAMILIES.filter((family) => ids.some((id) => parseSaeId(id).family === family));

const placesOf = ({ ids, width }: SaeChoice, family: Family): SaeKey[] =>
  ids.filter((id) => parseSaeId(id).family === family).map((id) => ({ id, width }));

const sourceOf = (release: SaeRelease, { hub, revisions }: SaeChoice, family: Family): Source => ({
  repo: repositoryOf(release, hub!, family),
  revision: revisions![family]!,
});

/** Bring the SAEs of one family. @returns which of several L0s was chosen for each */
async function fetchFamily(
  release: SaeRelease,
  places: readonly SaeKey[],
  source: Source,
  { hub, output }: Pick<Places, 'hub' | 'output'>,
): Promise<(SaeKey & { readonly l0: string })[]> {
  const chosen: (SaeKey & { readonly l0: string })[] = [];
  for (const place of places)
    chosen.push({ ...place, l0: await chooseRemote(release, place, hub, source) });
  const paths = chosen.map(({ l0, ...place }) => saeFile(release, place, l0));
  const missing = missingOf(hub, source, paths);
  if (missing.length === 0) return chosen;
  if (hub.offline) refuseOffline(source, missing);
  const files = await findRemote(hub, source, missing);
  await withProgress(`fetching ${source.repo}`, output, (progress) =>
    fetchFiles(hub, source, files, progress),
  );
  return chosen;
}

/** Of widths without a canonical L0 the repository must be asked. */
async function chooseRemote(
  release: SaeRelease,
  place: SaeKey,
  hub: Hub,
  source: Source,
): Promise<string> {
  if (release.canonical.widths.includes(place.width))
    return chooseL0(release, place, [], source.repo);
  const folder = l0Folder(release, place);
  const names = hub.offline
    ? namesIn(join(snapshotOf(hub, source), folder))
    : namesInL0Folder(
        release,
        (await listRemote(hub, source, folder, true)).map(({ path }) => path),
      );
  return chooseL0(release, place, names, `${source.repo}/${folder}`);
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

async function localSaes(
  saes: SaeChoice,
  dir: string,
  remedy: string,
  output: WriteStream,
): Promise<SaeFolders> {
  const release = releaseOf(saes.hub);
  const dirs: SaeFolders['dirs'] = Object.fromEntries(
    familiesOf(saes).map((family) => [family, localFolder(release, saes, family, { dir, remedy })]),
  );
  const paths = saes.ids.map((id) => saePath({ release, dirs, width: saes.width }, id));
  const absent = paths.find((path) => !existsSync(path));
  if (absent !== undefined) throw new Error(`missing SAEs: ${absent}: ${remedy}`);
  const files = paths.sort().map((path) => ({ name: nameOf(release, dirs, path), path }));
  return {
    id: saes.hub ?? saes.dir!,
    dirs,
    revision: await hashFiles(files, dir, output),
  };
}

/** A subfolder for each family, called as its repository is in short or in full; the folder itself where one has all. */
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
    throw new Error(`missing SAEs: ${join(dir, names.join(' or '))}: ${remedy}`);
  return folder;
}

/** Below the family's folder, whatever that is called. */
function nameOf(release: SaeRelease, dirs: SaeFolders['dirs'], path: string): string {
  const family = FAMILIES.find((each) => path.startsWith(`${dirs[each]}/`))!;
  return `${familyLayout(release, family).folder}/${relative(dirs[family]!, path)}`;
}
