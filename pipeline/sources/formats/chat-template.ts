import { Template } from '@huggingface/jinja';
import { oneLine, shown } from '../../schema/one-line.ts';
import { type SpecialTokenSource, specialTokensIn } from './special-tokens.ts';

/** A turn of a chat. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/**
 * The chat template with a system turn (if any), earlier turns, a user turn and the start of the model's turn, `<bos>`
 * included.
 * @throws one line with the file, where there is no template, it cannot be parsed, or it refuses the turns
 */
export type ChatPrompt = (
  user: string,
  system?: string | null,
  earlier?: readonly Turn[],
) => string;

/** The file that newer libraries keep a chat template in; it goes before the config's. */
export const TEMPLATE_FILE = 'chat_template.jinja';

/** The config's file, in which older libraries keep it, as a text or as a list of templates with names. */
const CONFIG_FILE = 'tokenizer_config.json';

/** Where a tokenizer's chat template is looked up. */
export interface TemplateSources extends SpecialTokenSource {
  /** The content of `chat_template.jinja`; null where there is none. */
  readonly templateFile: () => string | null;
  /** Runs work, and throws `WORK_TOO_LONG` where it does not end; left out where a reader can end it, as in a browser. */
  readonly withinTime?: WithinTime;
}

export type WithinTime = <T>(work: () => T) => T;

/** The code of an error about work that does not end. */
export const WORK_TOO_LONG = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * The chat template of a model. It is read when the first prompt is asked for: a model that continues texts needs
 * none.
 */
export function chatTemplate(tokens: TemplateSources): ChatPrompt {
  let render: ChatPrompt | undefined;
  return (...turns) => {
    render ??= rendererOf(sourceIn(tokens), tokens);
    return render(...turns);
  };
}

interface TemplateSource {
  /** The file that it is from. */
  readonly path: string;
  readonly text: string;
}

function sourceIn({ dir, config, templateFile }: TemplateSources): TemplateSource {
  const ofFile = templateFile();
  if (ofFile !== null) return { path: `${dir}/${TEMPLATE_FILE}`, text: ofFile };
  const { chat_template: template } = config;
  const configPath = `${dir}/${CONFIG_FILE}`;
  if (template === undefined || template === null)
    throw new Error(`no chat_template in ${configPath}: use an instruction-tuned model`);
  return { path: configPath, text: textOf(template, configPath) };
}

export const TEMPLATE_REMEDY = 'mend it, or use another model';

/** The template of a config: a text, or the one that a list of named templates calls the default. */
function textOf(template: unknown, path: string): string {
  if (typeof template === 'string') return template;
  const named = Array.isArray(template) ? template : [];
  const [first, ...others] = named.filter((entry) => Object(entry).name === 'default');
  const text: unknown = Object(first).template;
  if (typeof text === 'string' && others.length === 0) return text;
  throw new Error(
    `${path}: chat_template: ${shown(template)}, expected a text or one template with the name default: ${TEMPLATE_REMEDY}`,
  );
}

function rendererOf(source: TemplateSource, tokens: TemplateSources): ChatPrompt {
  const { path } = source;
  const text = source.text.replace(/\r\n?/g, '\n'); // as the template language does it
  // Its value would be today's date.
  if (text.includes('strftime_now'))
    throw new Error(
      `${path}: the chat template asks for today's date (strftime_now), so that prompts differ from day to day: write a date into it`,
    );
  const template = parsed(path, text);
  const { withinTime = (work) => work() } = tokens;
  const named = specialTokensIn(text, tokens);
  return (user, system = null, earlier = []) => {
    const messages = [
      ...(system === null ? [] : [{ role: 'system', content: system }]),
      ...earlier,
      { role: 'user', content: user },
    ];
    // Where there are none, transformers gives a template null, which is defined.
    const values = {
      messages,
      tools: null,
      documents: null,
      add_generation_prompt: true,
      ...named,
    };
    const prompt = rendered(path, () => withinTime(() => template.render(values)));
    const absent = messages.find(({ content }) => !prompt.includes(content.trim()));
    if (!absent) return prompt;
    throw new Error(
      `${path}: the chat template leaves out a message (${shown(absent.content)}): ${TEMPLATE_REMEDY}`,
    );
  };
}

function rendered(path: string, render: () => string): string {
  try {
    return render();
  } catch (cause) {
    const isEndless = (cause as { code?: string }).code === WORK_TOO_LONG;
    const fact = isEndless ? 'does not end' : 'refuses the turns of a prompt';
    throw templateError(path, fact, cause);
  }
}

function parsed(path: string, text: string): Template {
  try {
    return new Template(text);
  } catch (cause) {
    throw templateError(path, 'cannot be parsed', cause);
  }
}

const templateError = (path: string, fact: string, cause: unknown): Error =>
  new Error(
    oneLine(`${path}: the chat template ${fact} (${(cause as Error).message}): ${TEMPLATE_REMEDY}`),
    { cause },
  );
