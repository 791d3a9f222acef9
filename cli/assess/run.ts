import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Environment } from '../environment.ts';
import { exit, Failure } from '../failure.ts';
import { assess } from './assess.ts';
import { emit, refuseToEmit } from './emit.ts';
import { ASSUMED_ORIGIN } from './figures/prices.ts';
import type { AssessCommandOptions } from './options.ts';
import { openLogs } from './read/open-log.ts';
import { htmlOf } from './report/html.ts';
import { inOrder } from './report/order.ts';
import { progressOn } from './report/progress.ts';
import { reportText } from './report/text.ts';
import { learnTemplates, pathsAsRoutes } from './routes/templates.ts';

export interface AssessEnvironment extends Pick<Environment, 'env' | 'stdout' | 'stderr' | 'now'> {
  readonly stdin: Readable;
}

/** Opens the logs, assesses them, reports. What would be refused in the end is refused before anything is read. */
export async function runAssess(
  options: AssessCommandOptions,
  environment: AssessEnvironment,
): Promise<void> {
  const { stdin, stdout, stderr } = environment;
  const { files, format, patterns, ttlsMs, json, top, sort, html, force } = options;
  const origin = options.origin ?? ASSUMED_ORIGIN;
  if (options.emit !== undefined && !force) await refuseToEmit(options.emit);
  if (html !== undefined) await write('--html', html, '');

  const sources = await openLogs(files, { format, stdin });
  const progress = progressOn(environment, { quiet: json });
  const assessment = await assess(sources, {
    templates: patterns === null ? pathsAsRoutes() : learnTemplates({ patterns }),
    ...(ttlsMs && { ttlsMs }),
    origin,
    onProgress: progress.show,
  }).finally(progress.end);

  const isAssumed = options.origin === undefined;
  const routes = inOrder(assessment.routes, sort);
  if (html !== undefined) await write('--html', html, htmlOf({ ...assessment, routes }, isAssumed));
  if (json) stdout.write(`${JSON.stringify(assessment)}\n`);
  else stdout.write(reportText({ ...assessment, routes }, { width: stdout.columns || 100, top, isAssumed }));
  if (html !== undefined) stderr.write(`wrote ${html}\n`);
  if (assessment.requests === 0)
    throw new Failure(exit.notDone, 'there is no request in these logs that could be read');
  if (options.emit !== undefined) stderr.write(await emit(options.emit, assessment));
}

async function write(flag: string, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(exit.refused, `${flag}: ${file} cannot be written (${error.code ?? error.message})`);
  });
}
