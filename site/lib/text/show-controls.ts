import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { showControls } from './controls.ts';

/** Show the control characters of every built page, wherever their text comes from. @param dist the built site */
export function showControlsOfPages(dist: string): void {
  for (const file of globSync('**/*.html', { cwd: dist })) {
    const path = join(dist, file);
    const html = readFileSync(path, 'utf8');
    const shown = showControls(html);
    if (shown !== html) writeFileSync(path, shown);
  }
}
