import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a process and its children do outside the project. */
export interface Watch {
  /** The environment in which they are watched: a home and a folder of temporary files of their own, and no settings. */
  readonly env: NodeJS.ProcessEnv;
  /** The files that they have left there, and the names that they looked up. */
  seen(): string[];
}

/** Settings that would keep a process from what it does by default. */
const SETTINGS =
  /^(CI|GITHUB_ACTIONS|XDG_|.*TELEMETRY|NODE_DISABLE_COMPILE_CACHE|NODE_COMPILE_CACHE)/;

/** @param dir an empty folder, for what is seen */
export function watch(dir: string): Watch {
  const [home, temp, log] = ['home', 'temp', 'log'].map((name) => join(dir, name));
  for (const folder of [home!, temp!]) mkdirSync(folder, { recursive: true });
  const others = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const hook = pathToFileURL(join(import.meta.dirname, 'watch-network.ts')).href;
  return {
    env: {
      ...Object.fromEntries(others),
      HOME: home,
      USERPROFILE: home,
      APPDATA: home,
      LOCALAPPDATA: home,
      TMPDIR: temp,
      TEMP: temp,
      WATCH_LOG: log,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${hook}`,
    },
    seen: () => [
      ...globSync('{home,temp}/**', { cwd: dir }).filter((path) => !/^(home|temp)$/.test(path)),
      ...(existsSync(log!) ? readFileSync(log!, 'utf8').trim().split('\n') : []),
    ],
  };
}

/** Whether strace can watch a process here. */
export const hasStrace = (): boolean =>
  spawnSync('strace', ['-f', '-e', 'trace=none', process.execPath, '--version']).status === 0;

/** The line before a command under which its system calls of the network are written to a file. */
export const strace = (trace: string): string[] => [
  'strace',
  '--follow-forks',
  '--seccomp-bpf',
  '--trace=%network',
  `--output=${trace}`,
];

/** The sockets of a trace that could reach another machine, opened by native code, too. */
export const socketsOf = (trace: string): string[] =>
  readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) =>
      /\b(socket|connect|sendto|sendmsg)\(.*\bAF_(INET6?|NETLINK|PACKET)\b/.test(line),
    );
