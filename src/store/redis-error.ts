/**
 * What an error reply is called, for the log: the word that it begins with, such as `WRONGPASS`, or the limit of the plan that
 * was exceeded, as Upstash words it; of one that is not Redis' own, its HTTP status. Null: none, for `ERR` names nothing. What follows may hold
 * commands and values, and never goes on.
 */
export function errorCodeOf(message: string): string | null {
  // A script's error was passed on with the place in it before Redis 7.
  const [, inScript] = /@user_script: ?\d+: -?([A-Z][A-Z0-9_]+ .*)/s.exec(message) ?? [];
  return nameIn(inScript ?? message);
}

function nameIn(message: string): string | null {
  // So Redis 7 words it in a script.
  if (message.startsWith("ERR The user executing the script can't")) return 'NOPERM';
  const [, limit] = /^ERR ((?:max|DB) [a-z ]{1,40}exceeded)\b/.exec(message) ?? [];
  const [word] = /^[A-Z][A-Z0-9_]{1,23}(?= |$)/.exec(message) ?? [];
  const name = limit ?? (word === 'ERR' ? undefined : word);
  return name ?? statuses.find(([, says]) => message.startsWith(says))?.[0] ?? null;
}

/** The SDK passes on what such a reply says, and not its status. Those that a token or a plan may be to blame for. */
const statuses = [
  ['401', 'Unauthorized'],
  ['403', 'Forbidden'],
  ['429', 'Too Many Requests'],
] as const;
