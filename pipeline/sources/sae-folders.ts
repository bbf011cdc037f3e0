import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { withProgress } from '../engine/progress.ts';
import { chooseL0, FAMILY_DIRS, gemmaScopePath, saeFile, widthFolder } from '../sae/gemma-scope.ts';
import { parseSaeId } from '../sae/sae.ts';
import { FAMILIES, type Family } from '../schema/sae-families.ts';
import type { Study } from '../study/study.ts';
import { hashFiles } from './hash-files.ts';
import { missingOf, snapshotOf } from './hub/cache.ts';
import { fetchFiles, findRemote, listRemote, refuseOffline } from './hub/fetch-files.ts';
import type { Hub, Source } from './hub/hub.ts';
import type { Places } from './model-folder.ts';

type SaeChoice = Study['saes'];

/** A study's SAEs on this machine, and what identifies their content. */
export interface SaeFolders {
  /** Release, for the provenance. */
  readonly id: string;
  readonly dirs: Readonly<Partial<Record<Family, string>>>;
  /** Commits of the hub's repositories, or the hash of the files of SAEs in folders. */
  readonly revision: string;
  /**
   * Bring what the cache lacks of SAEs on the hub.
   * @returns the average L0 of each, by id: the cache may hold others at the same place
   */
  readonly fetch?: () => Promise<ReadonlyMap<string, number>>;
}

/**
 * Find a study's SAEs: a folder with one subfolder a family, or the hub's repositories `hub-res`, `hub-att`, …
 * @throws where folders are not there: what is missing, and how to get it
 */
export async function saeFolders(
  saes: SaeChoice,
  { root, hub, output, given }: Places,
): Promise<SaeFolders> {
  if (given !== undefined) return localSaes(saes, given, 'name their folder', output);
  if (saes.dir !== undefined)
    return localSaes(saes, join(root, saes.dir), 'run "npm run train -- saes"', output);
  const sources = familiesOf(saes).map((family) => [family, sourceOf(saes, family)] as const);
  return {
    id: saes.hub!,
    dirs: Object.fromEntries(sources.map(([family, at]) => [family, snapshotOf(hub, at)])),
    revision: sources.map(([family, { revision }]) => `${family} ${revision}`).join(', '),
    fetch: async () => {
      const l0s = new Map<string, number>();
      for (const [family, source] of sources)
        for (const [id, l0] of await fetchFamily(saes, family, source, { hub, output }))
          l0s.set(id, l0);
      return l0s;
    },
  };
}

const familiesOf = ({ ids }: SaeChoice): Family[] =>
  FAMILIES.filter((family) => ids.some((id) => parseSaeId(id).family === family));

const repositoryOf = (release: string, family: Family): string =>
  `${release}-${FAMILY_DIRS[family]}`;

const sourceOf = ({ hub, revisions }: SaeChoice, family: Family): Source => ({
  repo: repositoryOf(hub!, family),
  revision: revisions![family]!,
});

/** Bring the SAEs of one family. @returns id and average L0 of each */
async function fetchFamily(
  { ids, width }: SaeChoice,
  family: Family,
  source: Source,
  { hub, output }: Pick<Places, 'hub' | 'output'>,
): Promise<[id: string, l0: number][]> {
  const chosen: [string, number][] = [];
  for (const id of ids.filter((id) => parseSaeId(id).family === family))
    chosen.push([id, await chooseRemote(hub, source, id, width)]);
  const paths = chosen.map(([id, l0]) => saeFile(id, width, l0));
  const missing = missingOf(hub, source, paths);
  if (missing.length === 0) return chosen;
  if (hub.offline) refuseOffline(source, missing);
  const files = await findRemote(hub, source, missing);
  await withProgress(`fetching ${source.repo}`, output, (progress) =>
    fetchFiles(hub, source, files, progress),
  );
  return chosen;
}

/** The field has canonical L0s for 16k features; of other widths the repository must be asked. */
async function chooseRemote(hub: Hub, source: Source, id: string, width: string): Promise<number> {
  if (width === '16k') return chooseL0(id, [], source.repo);
  const folder = widthFolder(id, width);
  const cached = join(snapshotOf(hub, source), folder);
  const names = hub.offline
    ? existsSync(cached)
      ? readdirSync(cached)
      : []
    : (await listRemote(hub, source, folder, true)).map(({ path }) => path.split('/')[2]!);
  return chooseL0(id, [...new Set(names)], `${source.repo}/${folder}`);
}

/** One subfolder a family, as the repositories are called in short or in full. */
async function localSaes(
  saes: SaeChoice,
  dir: string,
  remedy: string,
  output: WriteStream,
): Promise<SaeFolders> {
  const folders = familiesOf(saes).map((family): [Family, string] => {
    const names = [
      FAMILY_DIRS[family],
      ...(saes.hub ? [basename(repositoryOf(saes.hub, family))] : []),
    ];
    const found = names.map((name) => join(dir, name)).find(existsSync);
    if (found === undefined)
      throw new Error(`missing SAEs: ${join(dir, names.join(' or '))}: ${remedy}`);
    return [family, found];
  });
  const dirs: SaeFolders['dirs'] = Object.fromEntries(folders);
  const paths = saes.ids.map((id) => gemmaScopePath({ dirs, width: saes.width }, id));
  const absent = paths.find((path) => !existsSync(path));
  if (absent !== undefined) throw new Error(`missing SAEs: ${absent}: ${remedy}`);
  const files = paths.sort().map((path) => ({ name: nameOf(dirs, path), path }));
  return { id: saes.hub ?? saes.dir!, dirs, revision: await hashFiles(files, dir, output) };
}

/** Below the family's folder, whatever that is called. */
function nameOf(dirs: SaeFolders['dirs'], path: string): string {
  const [family, dir] = Object.entries(dirs).find(([, at]) => path.startsWith(`${at}/`))!;
  return `${FAMILY_DIRS[family as Family]}/${relative(dir, path)}`;
}
