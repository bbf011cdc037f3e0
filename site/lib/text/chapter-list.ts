import { parse } from 'yaml';
import { z } from 'zod';
import chaptersFile from '../../../content/chapters.yaml?raw';

const Entry = z.strictObject({
  title: z.string(),
  /** What it is called where there is little room. */
  nav: z.string(),
  /** What it is about, in a sentence. */
  about: z.string(),
});

export type ChapterEntry = z.infer<typeof Entry>;

/** Every chapter by id, in reading order. */
export const CHAPTER_LIST: ReadonlyMap<string, ChapterEntry> = new Map(
  Object.entries(z.record(z.string(), Entry).parse(parse(chaptersFile))),
);

/** The chapter that a study opens with. */
export const FRONT = 'front';
