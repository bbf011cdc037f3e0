import { codeParts } from '../schema/code-version.ts';
import type { Manifest } from '../schema/manifest.ts';
import { CONTENT, SETTING, TABLE, tablePart } from '../schema/parts.ts';
import { sha256 } from '../schema/sha256.ts';
import { WRITER } from './parquet.ts';
import type { Resource, Resources } from './resource.ts';
import { type Available, resourcesOf, type Stage } from './stage.ts';
import { fileOf, type StudyRun } from './study-run.ts';

/**
 * Everything that a stage's tables depend on: the name of each dependency, with a short hash or a version. The
 * dependencies are its settings, the content of its resources, the rows of its input tables, and every file and package
 * of the code that runs: of the stage itself, of the readers of its resources, and of the module that writes tables.
 */
export type KeyParts = Readonly<Record<string, string>>;

/** What the name of a part begins with that is a file of code, or a package. */
export const CODE = 'code ';

export function keyParts<S extends object, N extends object, E>(
  { settings, resources }: Pick<StudyRun<S, N, E>, 'settings' | 'resources'>,
  stage: Stage<S, N, E>,
  manifest: Manifest | null,
): KeyParts {
  const used = resourcesOf(stage).map((name) => [name, resources[name]] as const);
  const readers = used.flatMap(([, resource]) => resource?.readers ?? []);
  const parts = new Map<string, string>();
  for (const name of stage.settings) parts.set(...settingPart(settings, name));
  for (const [name] of used) parts.set(...contentPart(resources, name));
  for (const table of stage.reads)
    parts.set(`${TABLE}${table.name}`, tablePart(manifest?.files[fileOf(table)]));
  for (const entry of [stage.source, WRITER, ...readers])
    for (const [file, hash] of codeParts(entry)) parts.set(`${CODE}${file}`, hash);
  return Object.fromEntries([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The parts that are the same for all stages of a study: every setting and resource that one of them names. */
export function studyParts<S extends object, N extends object, E>({
  settings,
  resources,
  stages,
}: Pick<StudyRun<S, N, E>, 'settings' | 'resources' | 'stages'>): KeyParts {
  const named = stages.flatMap((stage) => [
    ...stage.settings.map((name) => settingPart(settings, name)),
    ...resourcesOf(stage).map((name) => contentPart(resources, name)),
  ]);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const settingPart = <S extends object>(
  settings: Available<S>,
  name: keyof S & string,
): [string, string] => [`${SETTING}${name}`, digest(settings[name])];

const contentPart = <N extends object>(
  resources: Resources<N>,
  name: keyof N & string,
): [string, string] => {
  const resource = resources[name];
  return [`${CONTENT}${name}`, resource ? contentDigest(resource) : 'none'];
};

/** The content of a resource, as the parts of stages have it. */
export const contentDigest = ({ content }: Resource): string => digest(content);

/** The parts as one hash. */
export const keyOf = (parts: KeyParts): string => sha256(JSON.stringify(Object.entries(parts)));

/** The hash of a stage's code alone. */
export const codeOf = (parts: KeyParts): string =>
  keyOf(Object.fromEntries(Object.entries(parts).filter(([name]) => name.startsWith(CODE))));

/** A dependency that differs from the last run. */
export interface ChangedPart {
  readonly name: string;
  /** Null where it is new. */
  readonly before: string | null;
  /** Null where it no longer exists. */
  readonly now: string | null;
}

export function changedParts(before: KeyParts, now: KeyParts): ChangedPart[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .map((name) => ({ name, before: before[name] ?? null, now: now[name] ?? null }))
    .filter((part) => part.before !== part.now);
}

const digest = (value: unknown): string => sha256(JSON.stringify(value ?? null)).slice(0, 16);
