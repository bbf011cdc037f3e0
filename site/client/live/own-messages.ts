import type { TemplateName } from '../../../pipeline/schema/templates.ts';
import type { ShownList } from './messages.ts';

/** A list that a reader asks for. */
export interface OwnAsked {
  /** The study's request for a topic, or a text that is continued as it stands. */
  readonly prompt: { readonly topic: string; readonly template: TemplateName } | string;
  /** The key of the random draws, under which the study samples the list; null for the likeliest token each time. */
  readonly draws: string | null;
  readonly maxNewTokens: number;
  /** Ids of the features that are set to zero where they are active. */
  readonly off: readonly string[];
  /** In the prompt alone, or also in what is written after it. */
  readonly where: 'prompt' | 'everywhere';
}

/** From the page to the worker. A new list ends the one before it. */
export type OwnOrder =
  | {
      readonly kind: 'open';
      readonly file: File;
      readonly runtime: string;
      /** Address of the features that may be switched off; null where there are none. */
      readonly features: string | null;
    }
  | { readonly kind: 'write'; readonly job: number; readonly asked: OwnAsked }
  | { readonly kind: 'stop' };

/** From the worker to the page. */
export type OwnReport =
  /** Share of the weights that are read, and 1 where what is left is to compile the graph. */
  | { readonly kind: 'read'; readonly share: number }
  | {
      readonly kind: 'ready';
      readonly seconds: number;
      /** Whether the file is the very one that the study ran; null where the browser gives no SHA-256 (pages without HTTPS). */
      readonly isStudys: boolean | null;
    }
  | { readonly kind: 'step'; readonly job: number; readonly list: ShownList }
  | {
      readonly kind: 'written';
      readonly job: number;
      /** Token ids of the prompt, and of what was written after it. */
      readonly prompt: readonly number[];
      readonly tokens: readonly number[];
      /** Seconds until the first token, which is when the prompt is read; and tokens a second from then on. */
      readonly promptSeconds: number;
      readonly rate: number;
      readonly stopped: boolean;
    }
  /** @param isOpen whether the model is there: only the list failed */
  | { readonly kind: 'failed'; readonly reason: string; readonly isOpen: boolean };
