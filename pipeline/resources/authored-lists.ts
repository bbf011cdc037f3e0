import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readParquet } from '../engine/parquet.ts';
import type { Resource } from '../engine/resource.ts';
import type { AuthoredList, AuthoredLists } from '../lists/authored-list.ts';
import { AUTHORED_TEMPLATES, BY_HAND } from '../schema/authorship-columns.ts';
import { completions } from '../schema/completions.ts';
import { readForeignText } from '../schema/foreign-file.ts';
import { items } from '../schema/items.ts';
import { fileProblem, readManifest } from '../schema/manifest.ts';
import { nameShown, oneLine, shown } from '../schema/one-line.ts';
import { sha256 } from '../schema/sha256.ts';
import { topicId } from '../schema/topic-id.ts';
import { parseForeignYaml } from '../study/foreign-yaml.ts';
import { trimmed } from '../study/values.ts';

/** Where the lists that were written by hand are, and the published tables of studies. */
export const BY_HAND_FILE = 'data/lists/by-hand.yaml';
const PUBLISHED = 'data/published';

/**
 * Lists that the study's model did not write: those written by hand, and the first of each topic and template of other
 * studies, from their published tables. A source that is absent has no lists, and says why.
 * @param root the folder that holds `data/`
 * @param studies names of the other studies
 */
export function authoredListsResource(
  root: string,
  studies: readonly string[],
): Resource<readonly AuthoredLists[]> {
  const sources = [byHandSource(root), ...studies.map((name) => studySource(root, name))];
  return {
    content: sources.map(({ content }) => content).join(', '),
    readers: [import.meta.url],
    open: () => Promise.all(sources.map(({ lists }) => lists())),
  };
}

interface Source {
  readonly content: string;
  readonly lists: () => Promise<AuthoredLists>;
}

const absentSource = (author: string, absent: string): Source => ({
  content: absent,
  lists: async () => ({ author, lists: [], absent }),
});

function byHandSource(root: string): Source {
  const path = join(root, BY_HAND_FILE);
  if (!existsSync(path)) return absentSource(BY_HAND, `no file ${BY_HAND_FILE}`);
  const yaml = readForeignText({ path, remedy: 'mend it' });
  const lists = async () => ({
    author: BY_HAND,
    lists: listsByHand(yaml, BY_HAND_FILE),
    absent: null,
  });
  return { content: `${BY_HAND_FILE} ${sha256(yaml)}`, lists };
}

/** The name of an item: of one line, as an item is, and without blanks around it, which would be tokens of their own. */
const Names = z.array(trimmed.max(200)).min(1);
const ByHand = z.record(trimmed, z.strictObject({ short: Names, long: Names }));

/**
 * The lists of a file: topic → template → names.
 * @param path of the file, for errors
 * @throws one line with the first fault
 */
export function listsByHand(yaml: string, path: string): AuthoredList[] {
  const read = parseForeignYaml(yaml, { path, remedy: 'mend it' });
  const parsed = ByHand.safeParse(read, { reportInput: true });
  if (!parsed.success) {
    const { path: place, message, input } = parsed.error.issues[0]!;
    const field = place.length > 0 ? `${place.join('.')}: ` : '';
    throw new Error(
      oneLine(
        `${path}: ${field}${message}, found ${shown(input)}: give each topic a short and a long list of names`,
      ),
    );
  }
  const lost = Object.keys(Object(read)).find((topic) => !Object.hasOwn(parsed.data, topic));
  if (lost !== undefined)
    throw new Error(`${path}: ${nameShown(lost)}: no name of a topic: choose another`);
  const ids = Object.keys(parsed.data).map(topicId);
  const twin = Object.keys(parsed.data).find((_, i) => ids.indexOf(ids[i]!) < i);
  if (twin !== undefined)
    throw new Error(`${path}: ${nameShown(twin)}: expected each topic once: mend it`);
  return Object.entries(parsed.data).flatMap(([topic, byTemplate]) =>
    AUTHORED_TEMPLATES.map(
      (template): AuthoredList => ({
        author: BY_HAND,
        topic,
        template,
        items: byTemplate[template],
        ended: true,
      }),
    ),
  );
}

const FILES = ['completions.parquet', 'items.parquet'] as const;

/** The lists of another study, known by the hashes of its tables. */
function studySource(root: string, study: string): Source {
  const dir = join(PUBLISHED, study);
  const manifest = readManifest(join(root, dir));
  if (manifest !== null && manifest.study !== study)
    throw new Error(
      `${dir}/manifest.json: of the study ${nameShown(manifest.study)}, and the folder is that of ${study}: restore the folder`,
    );
  const problem = FILES.map((file) => fileProblem(join(root, dir), manifest, file)).find(
    (each) => each !== null,
  );
  if (problem !== undefined) return absentSource(study, `no published lists in ${dir}: ${problem}`);
  return {
    content: FILES.map((file) => `${study} ${file} ${manifest?.files[file]?.sha256}`).join(', '),
    lists: async () => ({
      author: study,
      lists: await listsOfStudy(join(root, dir), study),
      absent: null,
    }),
  };
}

/** The first list of each topic and template at the temperature at which all templates were sampled. */
async function listsOfStudy(dir: string, author: string): Promise<AuthoredList[]> {
  const lists = await readParquet(join(dir, FILES[0]), completions, 'replicate = 0');
  const itemsOf = Map.groupBy(
    await readParquet(join(dir, FILES[1]), items),
    ({ sample_id }) => sample_id,
  );
  const byTemperature = [...Map.groupBy(lists, ({ temperature }) => temperature).values()];
  const main = byTemperature.find((of) =>
    AUTHORED_TEMPLATES.every((template) => of.some((list) => list.template === template)),
  );
  return AUTHORED_TEMPLATES.flatMap((template) =>
    (main ?? [])
      .filter((list) => list.template === template)
      .map(
        ({ sample_id, topic, ended }): AuthoredList => ({
          author,
          topic,
          template,
          items: (itemsOf.get(sample_id) ?? []).map(({ text }) => text),
          ended,
        }),
      ),
  );
}
