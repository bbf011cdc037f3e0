import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Graph } from '../../graph/builder.ts';
import { encodeModel } from '../../graph/encode.ts';
import type { Model } from '../../models/model.ts';
import type { LiveGraph, LiveModel } from '../../schema/live.ts';
import { sha256 } from '../../schema/sha256.ts';

/** A graph as a part of the page: its weights stay in the model's file. */
export const livePart = (graph: Graph): LiveGraph => ({
  base64: Buffer.from(encodeModel(graph)).toString('base64'),
});

/** The one file of a model's weights. @throws where they are in several */
export function weightsFile({ checkpoint }: Model): LiveModel['setting']['weights'] {
  const files = new Set([...checkpoint.tensors.values()].map(({ file }) => file));
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw new Error(`the model's weights are in ${files.size} files: the page try/ reads one`);
  return { file: basename(file), sha256: sha256(readFileSync(file)) };
}
