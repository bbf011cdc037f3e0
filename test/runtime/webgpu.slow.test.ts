import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, suite, test } from 'node:test';
import { softwareAdapter } from '../browser.ts';
import type { Verdict, WebGpuRun } from './webgpu-run.ts';

const SCRIPT = join(import.meta.dirname, 'webgpu-run.ts');

const logs = mkdtempSync(join(tmpdir(), 'webgpu-'));
after(() => rmSync(logs, { recursive: true, force: true }));

/**
 * Run the script in a process of its own, as the runtime looks for adapters when it is loaded. What it logs goes to a
 * file: from a pipe that is full, the runtime drops the rest.
 * @throws where it fails
 */
async function run(what: string, env: NodeJS.ProcessEnv): Promise<{ out: string; log: string }> {
  const path = join(logs, what);
  const child = spawn(process.execPath, [SCRIPT, what], {
    env: { ...process.env, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(), ...env },
    stdio: ['ignore', 'pipe', openSync(path, 'w')],
  });
  const [out, [status]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
  const log = readFileSync(path, 'utf8');
  assert.equal(status, 0, log.slice(-2000));
  return { out, log };
}

/** An environment in which the provider finds an adapter: the machine's own, else the bundled Chromium's software one. */
async function findAdapter(): Promise<NodeJS.ProcessEnv | null> {
  for (const env of [{}, softwareAdapter()]) {
    const found = env && (await run('probe', env).catch(() => null));
    if (found?.out === 'true') return env;
  }
  return null;
}

const env = await findAdapter();
const skip =
  env === null &&
  'no WebGPU adapter: the machine has none, and the bundled software one did not start';

suite('the webgpu provider', { skip }, () => {
  test('has the numbers of the reference, with the embedding in blocks', async () => {
    const { errors, tokens }: WebGpuRun = JSON.parse((await run('measure', env!)).out);
    assert.ok(errors.length > 0);
    for (const { what, error, tol } of errors)
      assert.ok(error <= tol, `${what}: ${error} > ${tol}`);
    assert.ok(tokens.cpu.every((ids) => ids.length > 0));
    assert.deepEqual(tokens.webgpu, tokens.cpu);
  });

  test('runs every node that the table gives a kernel', async () => {
    const log = (await run('placement', env!)).log;
    const graphs = log.split(/^graph /m).slice(1);
    assert.ok(graphs.length > 0);
    for (const part of graphs) {
      const { graphName, nodes, onHost, missing }: Verdict = JSON.parse(
        part.slice(0, part.indexOf('\n')),
      );
      const placed = placements(part);
      assert.match(part, /placed on \[WebGpu/, `${graphName}: nothing runs on WebGPU`);
      const onCpu = placed.filter(({ provider }) => provider.startsWith('CPU'));
      const unforeseen = onCpu.filter(({ name }) => nodes.includes(name) && !onHost.includes(name));
      assert.deepEqual(
        unforeseen.map(({ name }) => name),
        missing,
        graphName,
      );
      // The runtime's own: lengths that it merged, and second names of int64 outputs.
      for (const { op, name } of onCpu.filter(({ name }) => !nodes.includes(name)))
        assert.match(`${op} ${name}`, /^(Gather Gather|Identity $)/, graphName);
    }
  });
});

function placements(log: string): { provider: string; op: string; name: string }[] {
  let provider = '';
  return log.split('\n').flatMap((line) => {
    provider = /placed on \[(\w+)\]/.exec(line)?.[1] ?? provider;
    const [, op, name] = /VerifyEachNodeIsAssignedToAnEp\] {3}(\w+) \((.*)\)/.exec(line) ?? [];
    return op === undefined ? [] : [{ provider, op, name: name! }];
  });
}
