import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const STYLES = join(import.meta.dirname, '../../site/styles');
const CSS = ['theme.css', 'tokens.css']
  .map((name) => readFileSync(join(STYLES, name), 'utf8'))
  .join('\n');

/** Scales from the smallest values to the largest. */
const SCALES = {
  entropy: Array.from({ length: 7 }, (_, i) => `step-${i}`),
  against: [1, 2, 3, 4].map((i) => `side-${i}`),
  for: [1, 2, 3, 4].map((i) => `side${i}`),
};

for (const scheme of ['light', 'dark'] as const) {
  const colors = colorsOf(scheme);

  test(`the larger a value, the further is its token's colour from the ground, ${scheme}`, () => {
    const paper = luminance(colors.get('--paper')!);
    for (const [name, classes] of Object.entries(SCALES)) {
      const away = classes.map((of) => Math.abs(luminance(ruleOf(of, colors).step) - paper));
      for (let i = 1; i < away.length; i++)
        assert.ok(
          away[i]! > away[i - 1]! + 0.005,
          `${name}: ${classes[i]} after ${classes[i - 1]}`,
        );
    }
  });

  test(`a token is read on each colour, ${scheme}`, () => {
    for (const of of Object.values(SCALES).flat()) {
      const { step, on } = ruleOf(of, colors);
      const [low, high] = [luminance(step), luminance(on)].sort((a, b) => a - b);
      const contrast = (high! + 0.05) / (low! + 0.05);
      assert.ok(contrast >= 4.5, `${of}: ${contrast.toFixed(2)}`);
    }
  });
}

/** The values of the style sheets' variables. */
function colorsOf(scheme: 'light' | 'dark'): Map<string, string> {
  const blocks = [...CSS.matchAll(/(@media[^{]*dark\) \{\s*)?:root \{([^}]*)\}/g)];
  const own = blocks.filter(([, dark]) => scheme === 'dark' || dark === undefined);
  return new Map(
    own.flatMap(([, , block]) =>
      [...block!.matchAll(/(--[\w-]+):\s*(#\w+)/g)].map(
        ([, name, value]) => [name!, value!] as const,
      ),
    ),
  );
}

function ruleOf(name: string, colors: Map<string, string>): { step: string; on: string } {
  const rule = new RegExp(`\\.${name} \\{ --step: ([^;]+); --on: ([^;]+); \\}`).exec(CSS)!;
  const value = (text: string) =>
    text.startsWith('var') ? colors.get(text.slice('var('.length, -1))! : text;
  return { step: value(rule[1]!), on: value(rule[2]!) };
}

/** Relative, as WCAG defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
