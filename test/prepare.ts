/** Makes what several tests read: the miniature's results, and its site. */
import { miniatureResults, servedSite } from './site/built-site.ts';

miniatureResults({ shown: true });
process.stdout.write('building the site that the tests share\n');
const { server } = await servedSite();
server.close();
