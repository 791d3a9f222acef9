/** `redis://[user:password@]host[:port][/db]`, as a person may write it into `REDIS_URL`. */
export function parseRedisUrl(text: string): { url: string; describe: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const wellFormed =
    url !== null &&
    (url.protocol === 'redis:' || url.protocol === 'rediss:') &&
    url.hostname !== '' &&
    /^(\/\d*)?$/.test(url.pathname);
  // The value is not repeated: it may hold a password.
  if (!wellFormed)
    throw new Error('REDIS_URL is malformed: expected redis://[user:password@]host[:port][/db]');
  return { url: text, describe: `${url.protocol}//${url.host}${url.pathname}` };
}
