import type { Answer, At, Fields } from './case.ts';

/** An answer with these fields; 200 unless said otherwise. */
export const ok = (headers: Fields = {}, more: Omit<Answer, 'headers'> = {}): Answer => ({
  headers,
  ...more,
});
/** An answer with this status. */
export const answer = (status: number, headers: Fields = {}): Answer => ({ status, headers });
/** 304 Not Modified. */
export const same = (headers: Fields = {}): Answer => ({ status: 304, headers });
/** Fresh for so many seconds. */
export const fresh = (seconds: number, headers: Fields = {}): Answer =>
  ok({ 'Cache-Control': `max-age=${seconds}`, ...headers });
/** With this Cache-Control. */
export const cc = (value: string | readonly string[], headers: Fields = {}): Answer =>
  ok({ 'Cache-Control': value, ...headers });

/** The origin closes the connection before it has answered anything. */
export const closes: Answer = { raw: '' };
/** The origin never answers. */
export const hangs: Answer = { hangs: true };

/** HTTP-date (RFC 9110 §5.6.7), so many seconds from now on the edge's clock. */
export const inS =
  (seconds: number) =>
  ({ nowMs }: At): string =>
    new Date(nowMs + seconds * 1000).toUTCString();

const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The same in the format of RFC 850: `Sunday, 06-Nov-94 08:49:37 GMT`. */
export const rfc850InS =
  (seconds: number) =>
  ({ nowMs }: At): string => {
    const date = new Date(nowMs + seconds * 1000);
    const [, day, month, year, time] = date.toUTCString().split(' ');
    return `${longDays[date.getUTCDay()]}, ${day}-${month}-${year!.slice(2)} ${time} GMT`;
  };

/** The same in the format of C's asctime: `Sun Nov  6 08:49:37 1994`. */
export const asctimeInS =
  (seconds: number) =>
  ({ nowMs }: At): string => {
    const [name, day, month, year, time] = new Date(nowMs + seconds * 1000).toUTCString().split(' ');
    return `${name!.slice(0, 3)} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year}`;
  };

/** Something that is nearly an HTTP-date, made from one. */
export const spoiltInS =
  (seconds: number, spoil: (date: string) => string) =>
  (at: At): string =>
    spoil(inS(seconds)(at));
