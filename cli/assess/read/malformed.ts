import { printable } from '../../text.ts';
import type { AssessedFile } from '../assessment.ts';
import { bounds } from './bounds.ts';
import { decoded } from './target.ts';

/** How many lines could not be read, and the first of them. */
export class Malformed {
  count = 0;
  readonly examples: AssessedFile['examples'][number][] = [];

  add(line: number, text: string, why: string): void {
    this.count++;
    if (this.examples.length < bounds.examples) this.examples.push({ line, text: shown(text), why });
  }
}

/** The beginning of a line, fit for a terminal and a report: queries and credentials are none of their business. */
export function shown(text: string): string {
  const bare = text
    .slice(0, bounds.line)
    .replace(/\?[^\s"]*/g, '?…')
    .replace(
      /(cookie|authorization|token|secret|password|api_?key)("\s*:\s*\[?\s*)"(?:[^"\\]|\\.)*"?/gi,
      '$1$2"…"',
    )
    .replace(/\b(bearer|basic)\s+[^\s"]+/gi, '$1 …');
  const start = printable(decoded(bare.slice(0, bounds.exampleText)));
  return bare.length > bounds.exampleText ? `${start}…` : start;
}
