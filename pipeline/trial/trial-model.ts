import type { Model } from '../models/model.ts';
import type { Provider } from '../runtime/provider.ts';
import type { Tokenizer } from '../sources/formats/tokenizer.ts';
import type { Subject } from '../subjects/subject.ts';

/** A model that is tried before a study of it is written. */
export interface TrialModel {
  readonly model: Model;
  readonly provider: Provider;
  readonly tokenizer: Tokenizer;
  readonly subject: Subject;
  /** Whether its folder has a chat template: without one, only texts are continued. */
  readonly chats: boolean;
}
