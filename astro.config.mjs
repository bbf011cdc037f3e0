import { fileURLToPath } from 'node:url';
import mdx from '@astrojs/mdx';
import { defineConfig } from 'astro/config';

/** Stop before anything is written where the tables are missing, altered or too few, or the prose has a typed number. */
const checkResults = {
  name: 'check-results',
  hooks: {
    'astro:build:start': async () => {
      const { checkResults } = await import('./site/lib/queries/check-results.ts');
      const { checkProse } = await import('./site/lib/text/check-prose.ts');
      const { FOLDERS } = await import('./site/lib/queries/results.ts');
      try {
        checkProse('.');
        await checkResults(FOLDERS, 'site/figures', console.log);
      } catch (error) {
        console.error(`error: ${error.message}`);
        process.exit(1);
      }
    },
  },
};

/** Make what is built searchable, and each study's first page whole. */
const afterwards = {
  name: 'afterwards',
  hooks: {
    'astro:build:done': async ({ dir }) => {
      const { findResults } = await import('./site/lib/queries/results.ts');
      const { inlineStyles } = await import('./site/lib/inline-styles.ts');
      const { writeSearchIndex } = await import('./site/lib/text/search-index.ts');
      const { placesOf } = await import('./site/lib/study/studies.ts');
      for (const place of placesOf(findResults())) {
        writeSearchIndex(fileURLToPath(dir), place);
        inlineStyles(fileURLToPath(dir), place.prefix);
      }
    },
  },
};

export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  // Where the report is published, such as https://example.org and /how-a-list-ends/.
  site: process.env.SITE_URL,
  base: process.env.BASE_PATH ?? '/',
  trailingSlash: 'always',
  integrations: [mdx(), checkResults, afterwards],
  devToolbar: { enabled: false },
  // The features' pages are many and small: rendering one need not wait until another is on the disk.
  build: { concurrency: 16 },
  // The pages' content security policy allows no inline script.
  vite: { build: { assetsInlineLimit: 0 } },
});
