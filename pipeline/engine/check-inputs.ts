import { fileProblem, type Manifest } from '../schema/manifest.ts';
import { CONTENT } from '../schema/parts.ts';
import { changedParts, keyParts } from './key.ts';
import type { Stage } from './stage.ts';
import { fileOf, type StudyRun } from './study-run.ts';

/**
 * @throws where a table that the stage reads is missing or altered, or was made of another content of a resource that the stage has, too: what
 * it says of features would be of other SAEs than those that the stage opens
 */
export function checkInputs<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  manifest: Manifest | null,
): void {
  for (const input of stage.reads) {
    const problem = fileProblem(run.results, manifest, fileOf(input));
    if (problem)
      throw new Error(
        `stage ${stage.name} needs ${problem}: run "npm run compute -- ${run.name} --only ${writerOf(run, input)?.name}"`,
      );
  }
  const parts = keyParts(run, stage, manifest);
  for (const { name } of stagesBefore(run, stage)) {
    const changed = changedParts(manifest?.stages[name]?.parts ?? {}, parts).find(
      (part) => part.name.startsWith(CONTENT) && part.before !== null && part.now !== null,
    );
    if (changed)
      throw new Error(
        `stage ${stage.name} reads tables that rest on ${name}, which has not run since its ${changed.name} changed: run "npm run compute -- ${run.name}" without --only`,
      );
  }
}

/** The stages whose tables a stage reads, and those whose tables they read, and so on. */
function stagesBefore<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): Set<Stage<S, N, E>> {
  const found = new Set<Stage<S, N, E>>();
  const follow = ({ reads }: Stage<S, N, E>): void => {
    for (const table of reads) {
      const writer = writerOf(run, table);
      if (writer === undefined || found.has(writer)) continue;
      found.add(writer);
      follow(writer);
    }
  };
  follow(stage);
  return found;
}

const writerOf = <S extends object, N extends object, E>(
  { stages }: StudyRun<S, N, E>,
  table: Stage<S, N, E>['writes'][number],
): Stage<S, N, E> | undefined => stages.find(({ writes }) => writes.includes(table));
