/** Makes what several tests read: the miniature's results, and its site. */
import { join } from 'node:path';
import { miniatureResults, servedSite } from './site/built-site.ts';

const results = miniatureResults({ shown: true });
process.stdout.write('building the site that the tests share\n');
const { server } = await servedSite(join(results, '..'));
server.close();
