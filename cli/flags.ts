import type { Args } from './args/definition.ts';

/** Arguments that every command takes, before its name too. */
export const commonArgs = {
  url: {
    type: 'string',
    valueHint: 'URL',
    description: 'the edge (default: STILLFRESH_URL, else http://127.0.0.1:8787)',
  },
  json: {
    type: 'boolean',
    description: 'one JSON object on stdout, errors as one on stderr, and no progress',
  },
} as const satisfies Args;

/** Arguments of what makes a purge, and then watches it. */
export const watchArgs = {
  wait: {
    type: 'boolean',
    default: true,
    group: 'how long',
    description:
      'ends once the purge is accepted (default: waits until it is verified, or all is deleted; until it is applied where no queue has it, for then the cron verifies it minutes later)',
  },
  timeout: {
    type: 'string',
    valueHint: 'TIME',
    group: 'how long',
    description: 'how long to wait, a whole number and s, m or h (default 2m)',
  },
  strict: {
    type: 'boolean',
    description: 'exit code 4 when nothing cached had what is purged, or no class has such a tag',
  },
} as const satisfies Args;

/** For scripts; the help of each command that purges has it. */
export const purgeExitCodes = `Prints the purge's id on stdout; how far it is goes to stderr. Exit codes:
  0  verified; of an erasure: all deleted; with --no-wait: accepted; where no queue has it: applied
  1  given up by the queue, or not verified in time
  2  the command or the request is refused
  3  no connection, or the edge cannot answer
  4  with --strict: it met nothing
  130  Ctrl-C; a purge that was accepted goes on`;

/** For scripts, of a command that shows what the edge says. */
export const shownExitCodes = `Exit codes:
  0  shown
  2  the command or the request is refused
  3  no connection, or the edge cannot answer`;
