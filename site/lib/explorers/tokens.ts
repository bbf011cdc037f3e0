import { formatNumber, formatSmall } from '../number-format.ts';

/** One token of an answer as the sample explorer shows it. Runs in the build and in the browser. */
export interface Token {
  readonly text: string;
  /** Probability that it had when it was sampled; null for the hyphen that the prompt gives. */
  readonly p: number | null;
  /** Entropy of what may follow it, in nats; null where nothing does. */
  readonly entropy: number | null;
  /** The same under the generating process; null where there is none or it could not be here. */
  readonly process: number | null;
  /** Probability of the token that ends the list; null but after an item and after its newline. */
  readonly end: number | null;
  /**
   * Of the logits of the end after the last item, those that are attributed to it as it stands in the residual stream after the first layer that is read; absent where a list is not attributed, and after its last item.
   */
  readonly attribution?: number;
}

/** The lists of one topic, as the explorer fetches them. */
export interface TopicSamples {
  readonly topic: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly id: string;
  /** Whether it has the same item three times running. */
  readonly loops: boolean;
  readonly tokens: readonly Token[];
}

/** A token with what is blank in it made visible. */
export const visible = (text: string): string =>
  text.replaceAll('\n', '↵').replace(/^ +$/, (blanks) => '␣'.repeat(blanks.length));

/** The tokens of each line of the answer, the newline being the last of its line. */
export function splitLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  tokens.forEach((token, i) => {
    lines.at(-1)!.push(token);
    if (token.text.endsWith('\n') && i < tokens.length - 1) lines.push([]);
  });
  return lines;
}

/** What is known of a token, in words. */
export function describeToken({ text, p, entropy, process, end, attribution }: Token): string {
  const came = p === null ? 'given by the prompt' : `sampled with probability ${formatSmall(p)}`;
  const truth = process === null ? '' : ` (of the process ${formatNumber(process, '0.00')})`;
  const after =
    entropy === null
      ? 'nothing follows'
      : `entropy after it ${formatNumber(entropy, '0.00')} nats${truth}`;
  const ends = end === null ? '' : `; the end with probability ${formatSmall(end)}`;
  const part = attribution === undefined ? '' : `; ${formatSmall(attribution)} logits of the end`;
  return `“${visible(text)}” ${came}; ${after}${ends}${part}`;
}
