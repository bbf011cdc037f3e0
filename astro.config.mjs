import { fileURLToPath, pathToFileURL } from 'node:url';
import mdx from '@astrojs/mdx';
import { defineConfig } from 'astro/config';

/** Write the report beside the last one, which stays until the new one is whole. */
const aside = {
  name: 'aside',
  hooks: {
    'astro:config:setup': async ({ command, config, updateConfig }) => {
      if (command !== 'build') return;
      const { folderAside } = await import('./pipeline/schema/replace-folder.ts');
      report = folderAside(fileURLToPath(config.outDir).replace(/\/$/, ''));
      const { discard } = report;
      process.once('exit', discard);
      updateConfig({ outDir: pathToFileURL(`${report.partial}/`) });
    },
  },
};

/** The folder that the report is written to. */
let report;

/** Stop before anything is written where the tables are missing, altered, mixed or too few, or the prose has a typed number. */
const checkResults = {
  name: 'check-results',
  hooks: {
    'astro:build:start': async () => {
      const { checkResults } = await import('./site/lib/queries/check-results.ts');
      const { checkProse } = await import('./site/lib/text/check-prose.ts');
      const { findResults } = await import('./site/lib/queries/results.ts');
      const { pinResults } = await import('./site/lib/queries/pinned-results.ts');
      try {
        checkProse('.');
        const pinned = pinResults(() => findResults(), '.cache/pinned');
        await checkResults(pinned, 'site/figures', console.log);
      } catch (error) {
        console.error(`error: ${error.message}`);
        process.exit(1);
      }
    },
  },
};

/** Make what is built searchable, and each study's first page whole; then put the report in its place. */
const afterwards = {
  name: 'afterwards',
  hooks: {
    'astro:build:done': async ({ dir }) => {
      const { findResults } = await import('./site/lib/queries/results.ts');
      const { changedSince } = await import('./site/lib/queries/pinned-results.ts');
      const { inlineStyles } = await import('./site/lib/inline-styles.ts');
      const { writeSearchIndex } = await import('./site/lib/text/search-index.ts');
      const { showControlsOfPages } = await import('./site/lib/text/show-controls.ts');
      const { placesOf } = await import('./site/lib/study/studies.ts');
      const pinned = findResults();
      for (const place of placesOf(pinned)) {
        writeSearchIndex(fileURLToPath(dir), place);
        inlineStyles(fileURLToPath(dir), place.prefix);
      }
      showControlsOfPages(fileURLToPath(dir));
      report.publish();
      for (const changed of changedSince(pinned))
        console.log(`${changed}: other tables since the build began: build again to show them`);
    },
  },
};

/** onnxruntime-web's program is a file of the study's, compressed (site/lib/live/packs.ts): its own copy, four times the size, is left out. */
const ownRuntime = {
  name: 'own-runtime',
  transform: (code, id) =>
    id.includes('/onnxruntime-web/')
      ? code.replaceAll(
          'new URL("ort-wasm-simd-threaded.wasm",import.meta.url)',
          'new URL("data:,")',
        )
      : undefined,
};

export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  // Where the report is published, such as https://example.org and /how-a-list-ends/.
  site: process.env.SITE_URL,
  base: process.env.BASE_PATH ?? '/',
  trailingSlash: 'always',
  integrations: [aside, mdx(), checkResults, afterwards],
  devToolbar: { enabled: false },
  // The features' pages are many and small: rendering one need not wait until another is on the disk.
  build: { concurrency: 16 },
  // The pages' content security policy allows no inline script.
  vite: { build: { assetsInlineLimit: 0 }, worker: { format: 'es', plugins: () => [ownRuntime] } },
});
