import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HUB_URL } from '@huggingface/hub';
import { nameShown, shown } from '../../schema/one-line.ts';

/** The Hugging Face hub, as configured by the environment. */
export interface Hub {
  /** Without a trailing slash. */
  readonly endpoint: string;
  /** The folder that contains `models--owner--name`. */
  readonly cache: string;
  /** Whether no request may be made. */
  readonly offline: boolean;
  readonly hasToken: boolean;
  /** Seconds without an answer, or without a further byte of it, after which a request is given up. */
  readonly silence: number;
  /** The authorization header, for URLs of the endpoint only. The token is kept nowhere else. */
  authorize(url: string): Record<string, string>;
  /** Wait before a retry. @param reason such as `429` */
  pause(seconds: number, reason: string): Promise<void>;
}

/** One repository at one commit. */
export interface Source {
  /** `owner/name` */
  readonly repo: string;
  readonly revision: string;
}

/**
 * Read the environment as Hugging Face's clients do: `HF_ENDPOINT`, `HF_TOKEN` or the token file of a login, `HF_HOME`,
 * `HF_HUB_CACHE`, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`.
 * Source: huggingface_hub, "Environment variables".
 * @throws if the endpoint, the token or the time is malformed; the message does not show the first two
 */
export function openHub(env: NodeJS.ProcessEnv): Hub {
  const home = expandHome(
    env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'),
  );
  const endpoint = readEndpoint(env.HF_ENDPOINT);
  const token = readToken(env, home);
  return {
    endpoint,
    cache: expandHome(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub')),
    offline: ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].some((name) => isSet(name, env[name])),
    hasToken: token !== null,
    silence: readTimeout(env.HF_HUB_DOWNLOAD_TIMEOUT),
    authorize: (url) =>
      token !== null && new URL(url).origin === new URL(endpoint).origin
        ? { authorization: `Bearer ${token}` }
        : {},
    pause: (seconds) => setTimeout(1000 * seconds),
  };
}

/** A repository's page, on which its licence is accepted. */
export const repositoryPage = (repo: string): string => `${HUB_URL}/${repo}`;

const expandHome = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());

/** @throws where the value says neither yes nor no: what should be offline is not asked for over a network */
function isSet(name: string, value = ''): boolean {
  if (/^(1|on|yes|y|true|t)$/i.test(value)) return true;
  if (/^(|0|off|no|n|false|f)$/i.test(value)) return false;
  throw new Error(`${name} is ${shown(value)}: write 1 or 0`);
}

function readEndpoint(endpointVariable: string | undefined): string {
  const endpoint = (endpointVariable || HUB_URL).replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  // A URL's parser leaves out blanks and line ends, with which it would be another address.
  const isWhole = /^[\x21-\x7e]+$/.test(endpoint) && !/[?#]/.test(endpoint);
  if (url === null || !isWhole || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new Error('HF_ENDPOINT is not an address: write https://host, without a password');
  return endpoint;
}

/** Seconds that the hub's own clients wait where nothing else is said. */
const SILENCE = '10';

function readTimeout(text: string | undefined): number {
  const given = text || SILENCE;
  const seconds = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (seconds >= 0.1 && seconds <= 3600) return seconds;
  throw new Error(
    `HF_HUB_DOWNLOAD_TIMEOUT is ${nameShown(text)}: write seconds, from 0.1 up to 3600`,
  );
}

/** The token is checked here, because `fetch` would quote an invalid header, and with it the token, in its error. */
function readToken(env: NodeJS.ProcessEnv, home: string): string | null {
  const file = env.HF_TOKEN_PATH ? expandHome(env.HF_TOKEN_PATH) : join(home, 'token');
  const tokenVariable = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  const token = (tokenVariable || readTokenFile(file)).trim();
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new Error(
      `${tokenVariable ? 'HF_TOKEN' : file} is not a token: make one at ${TOKEN_PAGE}`,
    );
  return token === '' ? null : token;
}

function readTokenFile(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file}: cannot be read (${code}): mend or remove it, or set HF_TOKEN`);
  }
}

/** The page on which tokens are created. */
export const TOKEN_PAGE = `${HUB_URL}/settings/tokens`;
