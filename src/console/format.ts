import { type Html, html } from './html.ts';

/** Figures as people read them; null is what nobody measured. */
export const NOTHING = '–';

/** Three significant digits, as far as they are worth having. */
function digits(n: number): string {
  if (n === 0) return '0';
  const most = n >= 100 ? 0 : n >= 10 ? 1 : 2;
  return n.toLocaleString('en', { maximumFractionDigits: most });
}

function scaled(n: number, units: readonly string[], step: number): string {
  let [at, left] = [0, n];
  while (left >= step && at < units.length - 1) {
    left /= step;
    at += 1;
  }
  const unit = units[at]!;
  return `${at === 0 && Number.isInteger(n) ? n : digits(left)}${unit && ` ${unit}`}`;
}

/** `1,234`, and `1.23 M` from a hundred thousand on. */
export const count = (n: number | null): string => {
  if (n === null) return NOTHING;
  return n < 100_000 ? Math.round(n).toLocaleString('en') : scaled(n, ['', 'k', 'M', 'G', 'T'], 1000);
};

/** For axes: short. */
export const short = (n: number): string => scaled(n, ['', 'k', 'M', 'G', 'T'], 1000);

export const bytes = (n: number | null): string =>
  n === null ? NOTHING : scaled(n, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);

export const percent = (share: number | null): string =>
  share === null ? NOTHING : `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;

export function duration(ms: number | null): string {
  if (ms === null) return NOTHING;
  if (ms < 1000) return `${digits(ms)} ms`;
  if (ms < 60_000) return `${digits(ms / 1000)} s`;
  if (ms < 3_600_000) return `${digits(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${digits(ms / 3_600_000)} h` : `${digits(ms / 86_400_000)} d`;
}

export function dollars(n: number | null): string {
  if (n === null) return NOTHING;
  if (n === 0) return '$0';
  const places =
    n < 0.01 ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `$${n.toLocaleString('en', places)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

/** `14:05`. All times are UTC, as in the log. */
export const clockTime = (ms: number): string => {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
};

export const day = (ms: number): string => {
  const at = new Date(ms);
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]}`;
};

/** `27 Nov 14:05:09`, and for programs in full. */
export function moment(of: number | string | null): Html | string {
  if (of === null) return NOTHING;
  const ms = typeof of === 'string' ? Date.parse(of) : of;
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${day(ms)} ${iso.slice(11, 19)}</time>`;
}

export const ago = (ms: number, nowMs: number): string => `${duration(Math.max(0, nowMs - ms))} ago`;
