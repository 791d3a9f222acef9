#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { interruptedBy } from './args/interruption.ts';
import { endQuietly } from './args/process.ts';
import { run } from './run.ts';

process.stdout.on('error', endQuietly);

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch,
  read: (path) => (path === '-' ? buffer(process.stdin) : readFile(path)),
  // What bundles and runs a Worker is loaded for this alone.
  hookSources: async () => (await (await import('../dev/describe.ts')).describeWorker()).sources,
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
  timeout: (ms) => AbortSignal.timeout(ms),
  interrupted: interruptedBy('SIGINT'),
  ...(process.stdin.isTTY &&
    process.stderr.isTTY && { terminal: { input: process.stdin, output: process.stderr } }),
});
