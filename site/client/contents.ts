/** Mark in the contents list the heading that the reader has last passed. */
function follow(contents: HTMLElement): void {
  const links = new Map(
    [...contents.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')].map((a) => [
      decodeURIComponent(a.hash.slice(1)),
      a,
    ]),
  );
  const headings = [...links.keys()].flatMap((id) => document.getElementById(id) ?? []);
  const update = () => {
    const passed = headings.filter(
      (heading) => heading.getBoundingClientRect().top < innerHeight / 2,
    );
    const current = passed.at(-1)?.id;
    for (const [id, link] of links)
      if (id === current) {
        link.setAttribute('aria-current', 'true');
        keepInView(contents, link);
      } else link.removeAttribute('aria-current');
  };
  // All above the line count as visible, so a jump of any length is noticed.
  const observer = new IntersectionObserver(update, { rootMargin: '1000000px 0px -50% 0px' });
  for (const heading of headings) observer.observe(heading);
}

/** Scroll a long list of contents, and nothing else, as far as the link needs. */
function keepInView(contents: HTMLElement, link: HTMLElement): void {
  const MARGIN = 24; // pixels
  const [box, at] = [contents.getBoundingClientRect(), link.getBoundingClientRect()];
  contents.scrollTop +=
    Math.max(0, at.bottom + MARGIN - box.bottom) - Math.max(0, box.top + MARGIN - at.top);
}

const contents = document.querySelector<HTMLElement>('nav.contents');
if (contents) {
  follow(contents);
  const narrow = matchMedia('(max-width: 85rem)');
  const details = contents.querySelector('details')!;
  details.open = !narrow.matches;
  narrow.addEventListener('change', () => {
    details.open = !narrow.matches;
  });
}
