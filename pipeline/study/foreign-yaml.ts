import { oneLine } from '../schema/one-line.ts';
import { parseYaml } from './read-study-file.ts';

/**
 * Parse the text of a YAML file that others wrote, by the rules of study files.
 * @param remedy for the error message
 * @throws one line: it is no YAML, has a tag that is not known, a key twice, or aliases that stand for too many values
 */
export function parseForeignYaml(
  text: string,
  { path, remedy }: { readonly path: string; readonly remedy: string },
): unknown {
  try {
    return parseYaml(text, path);
  } catch (cause) {
    const fact = (cause as Error).message.replace(/:$/, '');
    throw new Error(oneLine(`${fact}: ${remedy}`), { cause });
  }
}
