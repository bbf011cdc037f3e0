import { readAnswer, trueEnds } from '../../../pipeline/live/read-lists.ts';
import type { LiveToken } from '../../../pipeline/live/write-lists.ts';
import type { LiveModel } from '../../../pipeline/schema/live.ts';
import type { Asked, ShownDraw, ShownList } from './messages.ts';

/** A list as far as it is written. */
export function shownList(
  tokens: readonly LiveToken[],
  { topic, word }: Pick<Asked, 'topic' | 'word'>,
  model: LiveModel,
): ShownList {
  const { stopIds, maxNewTokens, itemEnd } = model.setting;
  const ids = tokens.map(({ id }) => id);
  const { items, unfinished } = readAnswer(ids, model);
  const truth = trueEnds(items, { items: model.process[topic] ?? [], word });
  const hasEnded = ids.length > 0 && stopIds.includes(ids.at(-1)!);
  return {
    items: items.map(({ text, next }, i) => ({
      text,
      next,
      pEnd: tokens[next]!.p[itemEnd]!,
      trueEnd: truth[i] ?? null,
    })),
    unfinished,
    state: hasEnded ? 'ended' : ids.length >= maxNewTokens[word]! ? 'cut' : 'writing',
  };
}

/** What a token was drawn from. */
export function shownDraw({ id, draw, ids, probs, p }: LiveToken, model: LiveModel): ShownDraw {
  const textOf = (token: number) => model.vocabulary[token]!;
  const { itemEnd, itemAgain, newlineAgain, newlineEnd } = model.setting;
  const structural = [itemEnd, itemAgain, newlineAgain, newlineEnd];
  const likeliest = [...p.keys()].sort((a, b) => p[b]! - p[a]!).slice(0, MOST_BARS);
  const others = structural.filter((token) => !likeliest.includes(token));
  return {
    bars: [...likeliest, ...others].map((token) => ({
      text: textOf(token),
      p: p[token]!,
      sampled: token === id,
    })),
    strip: ids
      .map((token, i) => ({ text: textOf(token), share: probs[i]!, sampled: token === id }))
      .filter(({ share }) => share > 0),
    draw,
  };
}

const MOST_BARS = 8;
