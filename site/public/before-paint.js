/**
 * What style sheets cannot know, told to them before anything is painted: the theme that the reader chose in place of the
 * system's, and that the address asks for something (`asked`). The choice is kept in this browser.
 */
(() => {
  const KEY = 'theme';
  const DARK = '(prefers-color-scheme: dark)';
  /** What the condition of dark rules becomes; paper stays light. */
  const CONDITIONS = { dark: 'screen', light: 'not all' };
  const root = document.documentElement;
  const darkRules = new Set();

  /** @param {string} theme `dark`, `light`, or nothing for the system's */
  function wear(theme) {
    root.style.colorScheme = theme;
    for (const { cssRules } of document.styleSheets) collect(cssRules);
    for (const { media } of darkRules) media.mediaText = CONDITIONS[theme] ?? DARK;
    document.dispatchEvent(new Event('themechange'));
  }

  function collect(rules) {
    for (const rule of rules) {
      if (rule.media?.mediaText === DARK) darkRules.add(rule);
      if (rule.cssRules) collect(rule.cssRules);
    }
  }

  /** Storage may be refused; then a choice lasts as long as the page. */
  function kept() {
    try {
      return localStorage.getItem(KEY) ?? '';
    } catch {
      return '';
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      return;
    }
  }

  if (location.search !== '') root.classList.add('asked');
  const theme = kept();
  if (theme in CONDITIONS) wear(theme);
  document.addEventListener('DOMContentLoaded', () => {
    const field = document.querySelector('select[name=theme]');
    if (field === null) return;
    field.closest('.waiting')?.classList.remove('waiting');
    field.value = theme in CONDITIONS ? theme : '';
    field.addEventListener('change', () => {
      keep(field.value);
      wear(field.value);
    });
  });
})();
