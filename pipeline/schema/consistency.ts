import type { FileEntry, Manifest } from './manifest.ts';
import { CONTENT, SETTING, TABLE, tablePart } from './parts.ts';

/**
 * Why the tables of a study do not belong together: a stage has not run since a setting, a resource or one of its input tables
 * changed, as after `--only`. Null where all agree. What the manifest has no file of, as a published one of large tables, cannot
 * be compared.
 * @returns `stage 2-explore has not run since its setting seed changed`, of the first such stage
 */
export function inconsistency(manifest: Manifest): string | null {
  const current = manifest.parts ?? newestParts(manifest);
  for (const [stage, { parts }] of stagesWithTables(manifest))
    for (const [part, value] of Object.entries(parts)) {
      const found = part.startsWith(TABLE)
        ? tableOf(manifest, part.slice(TABLE.length))
        : current[part];
      if (found !== undefined && found !== value)
        return `stage ${stage} has not run since its ${part} changed`;
    }
  return null;
}

/** The stages that wrote a table that is still there. */
const stagesWithTables = ({ files, stages }: Manifest) => {
  const writers = new Set(Object.values(files).map(({ stage }) => stage));
  return Object.entries(stages).filter(([stage]) => writers.has(stage));
};

/** What stands for a table that is there. */
function tableOf({ files }: Manifest, name: string): string | undefined {
  const entry = Object.values(files).find(({ table }) => table === name);
  return entry && tablePart(entry);
}

/** Settings and resources of the study, each as the stage that ran last has it. */
function newestParts(manifest: Manifest): Record<string, string> {
  const dateOf = (stage: string): string => {
    const ofStage = (entry: FileEntry) => entry.stage === stage;
    return Object.values(manifest.files).find(ofStage)?.metadata.date ?? '';
  };
  const dated = stagesWithTables(manifest).map(
    ([stage, { parts }]) => [dateOf(stage), parts] as const,
  );
  const shared = dated
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([, parts]) => Object.entries(parts))
    .filter(([part]) => part.startsWith(SETTING) || part.startsWith(CONTENT));
  return Object.fromEntries(shared);
}
