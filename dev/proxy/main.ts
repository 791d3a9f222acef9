import { runProcess } from '../../cli/args/process.ts';
import { endOnSignals, exportLines } from '../command.ts';
import { logger } from '../request-line.ts';
import { type ProxyOptions, proxyCommand, proxyOptions } from './options.ts';
import { type RunningProxy, startProxy } from './start.ts';

async function main(options: ProxyOptions): Promise<void> {
  // With --json, stdout is for a program to read.
  const tell = options.show === 'json' ? console.error : console.log;
  const proxy = await startProxy({
    ...options,
    env: process.env,
    say: (line) => tell(`… ${line}`),
    log: logger(options.show),
  });
  endOnSignals(() => proxy.stop());
  // Whoever read it has gone, as `head` does.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));
  tell(introduction(options, proxy));
}

function introduction(
  { origin }: ProxyOptions,
  { url, store, adminToken, originFault }: RunningProxy,
): string {
  const trying: [string, string][] = [
    [`curl -i ${url}/`, 'twice: a miss, then a hit if the origin allows it; read Cache-Status'],
    [
      'npx stillfresh purge --public --tag uri:/',
      'forgets one: every entry has the tag uri:<path and query>',
    ],
    ['npx stillfresh purge --public --everything', 'forgets all'],
  ];
  const fault = originFault === null ? '' : `\n… the origin does not answer yet: ${originFault}`;
  return `
origin   ${origin}
store    ${store}

${exportLines({ STILLFRESH_URL: url, ADMIN_TOKEN: adminToken })}

Worth trying, after the lines above:
${trying.map(([command, does]) => `  ${command.padEnd(44)}# ${does}`).join('\n')}

docs/proxy.md says what is cached. Ctrl-C ends all of it.${fault}
ready ${url}`;
}

await runProcess(proxyCommand, (values) => main(proxyOptions(values)));
