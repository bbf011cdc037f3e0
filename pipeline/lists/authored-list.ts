import type { AuthoredTemplate } from '../schema/authorship-columns.ts';

/** A list of one topic and the prompt that it answers, whoever wrote it. */
export interface AuthoredList {
  readonly author: string;
  readonly topic: string;
  readonly template: AuthoredTemplate;
  /** The name of each item. */
  readonly items: readonly string[];
  /** Whether its author ended it after its last item; false where a limit on tokens did. */
  readonly ended: boolean;
}

/** Lists by one author other than the model that reads them. */
export interface AuthoredLists {
  readonly author: string;
  /** Empty where the source is absent. */
  readonly lists: readonly AuthoredList[];
  /** Why there are no lists; null where there are. */
  readonly absent: string | null;
}
