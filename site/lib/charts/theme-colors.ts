/** A drawing with its colours: a file of its own sees none of the page's styles. @param theme the style sheet that defines them */
export const withTheme = (svg: string, theme: string): string =>
  svg.replace(/^<svg [^>]*>/, (tag) => `${tag}<style>${theme}</style>`);

/** A drawing in the colours of light ground, by value. @param theme the style sheet that defines them, light first */
export const inLight = (svg: string, theme: string): string =>
  svg.replaceAll(/var\((--[\w-]+)\)/g, (_, name) => lightOf(theme, name));

function lightOf(theme: string, name: string): string {
  const value = new RegExp(`${name}:\\s*([^;]+);`).exec(theme)?.[1];
  if (value === undefined) throw new Error(`unknown colour: ${name}: define it in theme.css`);
  return value;
}
