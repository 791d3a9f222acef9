import { type Html, html, none } from './html.ts';

const HOUR_MS = 3_600_000;

/** The times that a page may look back. */
const windows = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '35d': 840 * HOUR_MS,
};
type WindowName = keyof typeof windows;

export interface TimeWindow {
  readonly name: WindowName;
  readonly fromMs: number;
  readonly toMs: number;
}

/** As the query names it; what is none is the shortest. */
export function windowOf(asked: string | undefined, nowMs: number): TimeWindow {
  const name = asked !== undefined && Object.hasOwn(windows, asked) ? (asked as WindowName) : '1h';
  return { name, fromMs: nowMs - windows[name], toMs: nowMs };
}

/** Links to the same page over other times. */
export const windowLinks = (path: string, { name }: TimeWindow): Html =>
  html`<nav class="windows" aria-label="Time">${(Object.keys(windows) as WindowName[]).map(
    (it) =>
      html`<a href="${path}?window=${it}"${it === name ? html` aria-current="true"` : none}>${it.replace(/(\D)/, ' $1')}</a>`,
  )}</nav>`;
