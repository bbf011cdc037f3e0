/**
 * Preloaded into a watched process (test/watch.ts), its workers and its children: what would look a name up or reach
 * another machine is noted in the file that WATCH_LOG names, and refused.
 */
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** This machine; written out, `::` is `0000:…:0000`. */
const LOCAL = /^(localhost|127\..*|0\.0\.0\.0|[0:]*:[01]?|[0:]*)$/;

function refuse(what: string): never {
  appendFileSync(process.env.WATCH_LOG!, `${what}\n`);
  throw new Error(`watched: ${what}`);
}

for (const source of [dns, dns.promises])
  for (const name of Object.keys(source).filter((key) => /^(lookup|resolve|reverse)/.test(key))) {
    const original = Reflect.get(source, name);
    Reflect.set(source, name, (host: string, ...others: unknown[]) =>
      LOCAL.test(host) ? original(host, ...others) : refuse(`${name} ${host}`),
    );
  }

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  // Node passes its own normalised arguments on as one array.
  const [first, second] = [args.flat()].flat();
  const { host, path } = Object(first) as { host?: string; path?: string };
  const target = host ?? (typeof second === 'string' ? second : 'localhost');
  if (path === undefined && !LOCAL.test(target)) refuse(`connect ${target}`);
  return Reflect.apply(connect, this, args);
};
syncBuiltinESMExports();
