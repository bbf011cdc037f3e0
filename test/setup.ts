import { join } from 'node:path';
import { miniatureResults, servedSite } from './site/built-site.ts';

/** Before tests run side by side: the miniature's results and its site, which several of them read, are made once. */
export async function globalSetup(): Promise<void> {
  const results = miniatureResults({ shown: true });
  process.stdout.write('building the site that the tests share\n');
  const { server } = await servedSite(join(results, '..'));
  server.close();
}
