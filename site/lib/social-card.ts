import sharp from 'sharp';
import { useOwnFonts } from './charts/picture.ts';
import { escaped } from './markup.ts';
import { modelLabel } from './study/known-studies.ts';
import type { Study } from './study/studies.ts';

/** Pages that have a card of their own, with what it says; all others have the report's. */
export const CARDS: Readonly<Record<string, { readonly title: string; readonly says: string }>> = {
  report: {
    title: 'How a list ends',
    says: 'What a language model knows about the last item before it gets there',
  },
  lists: {
    title: 'The lists',
    says: 'Token by token, what their ends are attributed to, and what editing makes of them',
  },
  features: { title: 'The features', says: 'What the end of a list is attributed to' },
  data: {
    title: 'The data',
    says: 'Every table behind every number, with its columns and its hash',
  },
  search: { title: 'Search', says: 'The text, the figures and the features of the report' },
};

const [WIDTH, HEIGHT] = [1200, 630];

/** A card of 1200 × 630 pixels, as other sites show it beside a link, stamped with its study. */
export async function socialCard(study: Study, id: string): Promise<Uint8Array> {
  useOwnFonts();
  const { title, says } = CARDS[id]!;
  const stamp =
    study.manifest.kind === 'miniature'
      ? 'the miniature: not evidence about Gemma'
      : `model ${modelLabel(study.manifest)}`;
  return sharp(Buffer.from(drawing(title, says, `Study ${study.name} · ${stamp}`)))
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Characters in a line of the sentence below the title. */
const LINE = 46;

function drawing(title: string, says: string, stamp: string): string {
  const lines = linesOf(says).map(
    (line, i) =>
      `<text x="90" y="${300 + 52 * i}" font-size="38" fill="#5b5e66">${escaped(line)}</text>`,
  );
  // Items of a list, the last of them open.
  const items = [0, 1, 2, 3].map((i) => {
    const open = i === 3 ? 'fill="none" stroke="#0f5f75" stroke-width="4"' : 'fill="#0f5f75"';
    return `<rect x="${90 + 70 * i}" y="432" width="44" height="44" rx="6" ${open}/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="DejaVu Sans">
    <rect width="100%" height="100%" fill="#fdfcf9"/>
    <rect width="100%" height="14" fill="#0f5f75"/>
    <text x="90" y="200" font-size="72" font-family="DejaVu Serif" font-weight="bold" fill="#1f2023">${escaped(title)}</text>
    ${lines.join('')}${items.join('')}
    <text x="90" y="560" font-size="30" fill="#4a3405">${escaped(stamp)}</text>
  </svg>`;
}

function linesOf(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' '))
    if (lines.at(-1)!.length + word.length < LINE) lines.push(`${lines.pop()} ${word}`.trim());
    else lines.push(word);
  return lines;
}
