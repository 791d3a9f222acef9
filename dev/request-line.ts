import { asDeployed, isLogLine, readable } from './proxy/line.ts';

/** What a person, or a program, is shown of the Worker's log; a program by `json`, on stdout alone. */
export function logger(show: 'problems' | 'lines' | 'json'): (line: string) => void {
  // What workerd and the stand-ins say is no JSON.
  if (show === 'json')
    return (line) => (isLogLine(line) ? console.log(asDeployed(line)) : console.error(line));
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
  return (text) => {
    if (isQuietTick(text)) return;
    const line = readable(text, { colour });
    if (show === 'lines' || line.level !== 'info') console.log(line.text);
  };
}

/** The cron has nothing to say, several times a minute. */
const isQuietTick = (line: string): boolean =>
  line.startsWith('{"event":"cron"') && line.includes('"level":"info"') && !line.includes('"purges":');
