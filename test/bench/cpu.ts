import { readdirSync, readFileSync } from 'node:fs';

/** Processes of that name that this one started. Empty where there is no /proc. */
export function childPids(name: string): number[] {
  try {
    const children = readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return children.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name);
  } catch {
    return [];
  }
}

/** CPU time that a process has used, all threads, in microseconds; null where it cannot be read. */
export function cpuUs(pid: number): number | null {
  try {
    let ns = 0;
    for (const task of readdirSync(`/proc/${pid}/task`))
      ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    return ns / 1000;
  } catch {
    return null;
  }
}
