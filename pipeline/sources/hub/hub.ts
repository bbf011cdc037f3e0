import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HUB_URL } from '@huggingface/hub';

/** The Hugging Face hub as this machine's environment names it. */
export interface Hub {
  /** No slash at its end. */
  readonly endpoint: string;
  /** The folder that holds `models--owner--name`. */
  readonly cache: string;
  /** Whether no request may be made. */
  readonly offline: boolean;
  readonly hasToken: boolean;
  /** The header that shows the token, for the endpoint alone; the token is held nowhere else. */
  authorize(url: string): Record<string, string>;
  /** Wait some seconds before asking again, for a reason such as `429`. */
  pause(seconds: number, reason: string): Promise<void>;
}

/** One repository at one commit. */
export interface Source {
  /** `owner/name` */
  readonly repo: string;
  readonly revision: string;
}

/**
 * Read the environment as the hub's own clients do: `HF_ENDPOINT`, `HF_TOKEN` or the file that logging in leaves,
 * `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE`.
 * Source: huggingface_hub, "Environment variables".
 * @throws where endpoint or token are malformed; the message shows neither
 */
export function openHub(env: NodeJS.ProcessEnv): Hub {
  const home = expand(
    env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'),
  );
  const endpoint = readEndpoint(env.HF_ENDPOINT);
  const token = readToken(env, home);
  return {
    endpoint,
    cache: expand(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub')),
    offline: isOn(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    hasToken: token !== null,
    authorize: (url) =>
      token !== null && new URL(url).origin === new URL(endpoint).origin
        ? { authorization: `Bearer ${token}` }
        : {},
    pause: (seconds) => setTimeout(1000 * seconds),
  };
}

/** A repository's page, where its licence is accepted. */
export const pageOf = (repo: string): string => `${HUB_URL}/${repo}`;

const expand = (path: string): string => path.replace(/^~(?=\/|$)/, homedir());

const isOn = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

function readEndpoint(given: string | undefined): string {
  const endpoint = (given || HUB_URL).replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new Error('HF_ENDPOINT is not an address: write https://host, without a password');
  return endpoint;
}

/** A header with a line break would be refused by an error that quotes it, so it is looked at first. */
function readToken(env: NodeJS.ProcessEnv, home: string): string | null {
  const file = env.HF_TOKEN_PATH ? expand(env.HF_TOKEN_PATH) : join(home, 'token');
  const given = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  const token = (given || (existsSync(file) ? readFileSync(file, 'utf8') : '')).trim();
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new Error(`${given ? 'HF_TOKEN' : file} is not a token: make one at ${TOKENS}`);
  return token === '' ? null : token;
}

export const TOKENS = `${HUB_URL}/settings/tokens`;
