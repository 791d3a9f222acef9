/** Every bound of a report, with its reason. */
export const bounds = {
  /** Rows in the page's table: it stays one that a browser shows at once. */
  rows: 1_000,
  /** Routes that are shown with figures and plot, 5 KB each. */
  plots: 200,
  /** Malformed lines in the terminal: what is wrong is mostly wrong alike. */
  malformed: 5,
} as const;
