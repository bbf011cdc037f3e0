/** More rows than this, and a table scrolls in a box of its own. */
const MOST = 20;

/** Whether a table has more rows than a page should show at once. */
export const isLong = (rows: readonly unknown[]): boolean => rows.length > MOST;
