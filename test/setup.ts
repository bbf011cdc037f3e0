import { servedSite } from './site/built-site.ts';

/** Before tests run side by side: the miniature's results and its site, which several of them read, are made once. */
export async function globalSetup(): Promise<void> {
  process.stdout.write(
    'making ready what the tests share: the results and the site of the miniature\n',
  );
  const { server } = await servedSite();
  server.close();
}
