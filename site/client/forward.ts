/** Lead on to a page's new place, with what the old address chooses. */
const { to } = document.documentElement.dataset;
if (to !== undefined) {
  const place = new URL(to, location.href);
  for (const [name, value] of new URLSearchParams(location.search))
    place.searchParams.set(name, value);
  place.hash = location.hash;
  location.replace(place);
}
