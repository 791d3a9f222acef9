import { html, raw } from 'hono/html';

/** What is put into a page: everything that is not `Html` itself is escaped. */
export type Html = ReturnType<typeof html>;
export { html };

/** Nothing. */
export const none: Html = raw('');

export interface Column<Row> {
  readonly head: string;
  /** Figures stand under each other, at the right. */
  readonly figure?: boolean;
  readonly cell: (row: Row) => unknown;
}

/** A table that can be moved sideways where there is no room for it. The first column names its row. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const cls = ({ figure }: Column<Row>) => (figure ? html` class="figure"` : none);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="visually-hidden">${caption}</caption>
<thead><tr>${columns.map((it) => html`<th scope="col"${cls(it)}>${it.head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map((it, i) =>
        i === 0
          ? html`<th scope="row"${cls(it)}>${it.cell(row)}</th>`
          : html`<td${cls(it)}>${it.cell(row)}</td>`,
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** Terms and what they stand for. */
export const facts = (rows: readonly (readonly [term: string, value: unknown])[]): Html =>
  html`<dl class="facts">${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;

/** One number that matters, what it is, and what puts it in proportion. */
export const tile = (label: string, value: unknown, beside: unknown = ''): Html =>
  html`<div class="tile"><dt>${label}</dt><dd><strong>${value}</strong><span>${beside}</span></dd></div>`;

export const tiles = (all: readonly Html[]): Html => html`<dl class="tiles">${all}</dl>`;

export type Mood = 'good' | 'warn' | 'bad' | 'calm';

/** A state, in a word: colour says it again, and never alone. */
export const badge = (word: string, mood: Mood): Html => html`<span class="badge ${mood}">${word}</span>`;

/** What to do where there is nothing to show. */
export const empty = (says: unknown): Html => html`<p class="empty">${says}</p>`;

export const section = (title: string, body: unknown, aside: unknown = ''): Html =>
  html`<section><header><h2>${title}</h2>${aside}</header>${body}</section>`;
