import { fetchJson } from './fetch-file.ts';

/**
 * The report was one page once. An address of a place that is now in a chapter leads on to it, with the state of figures
 * that it carries.
 */
const front = document.querySelector<HTMLElement>('[data-anchors]')!;

async function forward(): Promise<void> {
  const place = decodeURIComponent(location.hash.slice(1));
  if (place === '' || document.getElementById(place) !== null) return;
  const anchors = await fetchJson<Readonly<Record<string, string>>>(front.dataset.anchors!);
  const [path, id] = anchors[place]?.split('#') ?? [];
  if (path) location.replace(`${front.dataset.root}${path}${location.search}#${id}`);
}

addEventListener('hashchange', () => void forward());
void forward();
