/** How the released files identify a list: its topic, and its index among the topic's lists. */
export const listKey = ({
  topic,
  replicate,
}: {
  readonly topic: string;
  readonly replicate: number;
}): string => `${topic} ${replicate}`;

/**
 * @param lists by `listKey`
 * @param file that refers to the list, for the error
 * @throws `x.pt: no list 3 of topic Rivers: …`
 */
export function findList<T>(
  lists: ReadonlyMap<string, T>,
  topic: string,
  replicate: number,
  file: string,
): T {
  const list = lists.get(listKey({ topic, replicate }));
  if (list === undefined)
    throw new Error(`${file}: no list ${replicate} of topic ${topic}: fetch the files again`);
  return list;
}
