import { expect, test } from 'vitest';
import { errorCodeOf } from '../../src/store/redis-error.ts';

/** As the SDK passes them on, with the command; what names none is told by none. */
test.each<[message: string, code: string | null]>([
  ['WRONGPASS invalid or missing auth token', 'WRONGPASS'],
  ["NOPERM this user has no permissions to run the 'set' command", 'NOPERM'],
  ['NOAUTH Authentication required.', 'NOAUTH'],
  ["OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:3.", 'OOM'],
  ["READONLY You can't write against a read only replica.", 'READONLY'],
  ['LOADING Redis is loading the dataset in memory', 'LOADING'],
  ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', 'BUSY'],
  ['MISCONF Redis is configured to save RDB snapshots', 'MISCONF'],
  ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN'],
  ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN'],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS'],
  ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT'],
  [
    'ERR max daily request limit exceeded. Limit: 10000, Usage: 10001. See https://upstash.com/docs',
    'max daily request limit exceeded',
  ],
  ['ERR max requests limit exceeded. Limit: 500000, Usage: 500000.', 'max requests limit exceeded'],
  ['ERR max request size exceeded', 'max request size exceeded'],
  ['ERR max single record size exceeded', 'max single record size exceeded'],
  ['ERR max key size exceeded. Limit: 32768 bytes, Actual: 40000 bytes', 'max key size exceeded'],
  ['ERR max concurrent connections exceeded', 'max concurrent connections exceeded'],
  ['ERR DB capacity quota exceeded', 'DB capacity quota exceeded'],
  [
    'ERR Error running script (call to f_1f): @user_script:3: @user_script: 3: -OOM command not allowed',
    'OOM',
  ],
  ['ERR Error running script (call to f_1f): @user_script:12: NOPERM no permissions', 'NOPERM'],
  ["ERR The user executing the script can't run this command or subcommand script: 1f", 'NOPERM'],
  ["ERR The user executing the script can't access at least one of the keys mentioned", 'NOPERM'],
  ["ERR unknown command 'acme'", null],
  ['ERR max acme:d1 exceeded', null],
  ['ERR', null],
  ['ERR Error running script (call to f_1f): @user_script:3: ERR acme', null],
  ['Unauthorized', '401'],
  ['Unauthorized: invalid token acme', '401'],
  ['Forbidden', '403'],
  ['Too Many Requests', '429'],
  ['Service Unavailable', null],
  ['unauthorized acme', null],
  ['undefined', null],
  ['acme is not allowed', null],
  ['A', null],
  [`${'X'.repeat(60)} too long to be a name`, null],
  ['', null],
])('%j is called %j', (message, code) => {
  expect(errorCodeOf(`${message}, command was: ["set","SECRET","acme"]`)).toBe(code);
  expect(errorCodeOf(message)).toBe(code);
});
