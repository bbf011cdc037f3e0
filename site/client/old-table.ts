/** The table of all features was here once: an address that filters or sorts it leads on. */
const FIELDS = ['sae', 'family', 'place', 'effect', 'words', 'sort'];
const asked = new URLSearchParams(location.search);
if (/\/features\/$/.test(location.pathname) && FIELDS.some((field) => asked.has(field)))
  location.replace(`table/${location.search}`);
