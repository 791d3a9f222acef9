import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked } from 'marked';
import { root } from '../bundle.ts';
import type { Section } from './document.ts';

/** Of this page alone: another's extensions would change what it makes. */
const markdown = new Marked({ gfm: true, async: false });
markdown.use({
  renderer: {
    // What scrolls can be reached by keys.
    code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`,
    table({ header, rows }) {
      const cells = (tag: 'th' | 'td', row: typeof header) =>
        row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
      const lines = rows.map((row) => `<tr>${cells('td', row)}</tr>`);
      return `<div class="wide" tabindex="0" role="region" aria-label="Table"><table><thead><tr>${cells('th', header)}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>\n`;
    },
  },
});

const escaped = (text: string): string => text.replace(/[&<>"]/g, (it) => `&#${it.codePointAt(0)};`);

/** The document as one file, in the console's style: no script, nothing from elsewhere. Diagrams stay their text, which GitHub and editors draw. */
export function htmlOf(name: string, sections: readonly Section[]): string {
  const title = `Cache strategy: ${name}`;
  const shown = sections.map(
    ({ number, title: heading, text }) =>
      `<section class="part" id="part-${number}"><h2>${number}. ${escaped(heading)}</h2>\n${markdown.parse(text)}</section>`,
  );
  const links = sections.map(
    ({ number, title: heading }) => `<a href="#part-${number}">${number}. ${escaped(heading)}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${readFileSync(join(root, 'src/console/static/console.min.css'), 'utf8')}${more}</style>
</head>
<body>
<header class="top"><span class="brand">Stillfresh</span><nav aria-label="Sections">${links.join('\n')}</nav></header>
<main>
<div class="title"><h1>${escaped(title)}</h1></div>
${shown.join('\n')}
</main>
</body>
</html>
`;
}

const more = `
.part { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin: 0 0 16px; }
.part h2 { font-size: 16px; margin-bottom: 12px; }
.part h3 { margin: 24px 0 8px; }
.part li { max-width: 90ch; margin-bottom: 4px; }
.wide { overflow-x: auto; margin-bottom: 12px; }
.part td, .part th { vertical-align: top; text-align: left; white-space: normal; min-width: 6em; }
.part code { display: inline; min-width: 0; overflow-wrap: anywhere; }
.part pre { overflow-x: auto; padding: 12px; border: 1px solid var(--line); border-radius: 6px; }
@media (min-width: 800px) { .top { position: sticky; top: 0; height: 100vh; overflow-y: auto; } }
@media print { body { display: block; } .top { display: none; } }
`;
