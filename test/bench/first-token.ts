/** The first stage of a study that is laid out in a folder, as the command runs it. */
import { compute } from '../../pipeline/commands/compute.ts';

const [root] = process.argv.slice(2) as [string];
const options = { only: ['1-generate'], force: true, provider: 'cpu' };
process.exitCode = await compute('rehearsal', options, {
  root,
  env: process.env,
  output: process.stdout,
});
