import { join, relative } from 'node:path';
import { takeWriteLock } from '../engine/lock.ts';
import { writeSaeLens } from '../sae/releases/saelens/write.ts';
import type { SaeFile } from '../sae/sae.ts';
import { loadStudy } from '../study/load-study.ts';
import { type CommandContext, prepare } from './prepare.ts';

export interface ExportOptions {
  /** Folder that the SAEs are written to, each into a folder called by its id. */
  readonly out: string;
  /** A folder with the model's files, or a GGUF file, in place of what the study names. */
  readonly model?: string | undefined;
}

/**
 * Write the SAEs that the project trained for a study, with the transcoders of its circuits, in SAELens' format. Those that are
 * missing are trained first.
 * @throws one line where the study has none of its own
 */
export async function exportSaes(
  name: string,
  { out, model }: ExportOptions,
  context: CommandContext,
): Promise<void> {
  const study = loadStudy(join(context.root, 'data/studies'), name);
  if (study.kind === 'original' || study.saes === undefined)
    throw new Error(`study ${name} has no SAEs: name one whose file has saes`);
  if (study.saes.hub !== undefined)
    throw new Error(
      `the SAEs of study ${name} are ${study.saes.hub}, which SAELens reads itself: name a study with SAEs of its own`,
    );
  const { resources, provenance } = await prepare(
    name,
    { provider: 'cpu', ...(model && { model }) },
    context,
  );
  using _ = takeWriteLock(out, { command: 'train export', shown: relative(context.root, out) });
  const opened: SaeFile[] = [];
  for (const part of ['saes', 'transcoders'] as const)
    opened.push(...((await resources[part]?.open()) ?? []));
  const byId = new Map(opened.map((sae) => [sae.id, sae]));
  for (const [id, sae] of byId) writeSaeLens(join(out, id), await sae.load(), provenance.model);
  context.output.write(`${byId.size} SAEs in ${relative(context.root, out) || out}\n`);
}
