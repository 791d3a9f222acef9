import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { EdgeRequest } from '../engine/request.ts';
import type { Admin } from './admin.ts';
import { moment } from './format.ts';
import { type Html, html, none } from './html.ts';
import { killBanner } from './rollout-parts.ts';
import { type StaticPaths, staticPaths } from './statics.ts';

/** Every page, in the order of the navigation. */
const pages = [
  ['', 'Overview'],
  ['classes', 'Classes'],
  ['tenants', 'Tenants'],
  ['tags', 'Tags'],
  ['missed', 'Missed keys'],
  ['purges', 'Purges'],
  ['rollout', 'Roll-out'],
  ['alerts', 'Alerts'],
  ['explain', 'Explain'],
  ['settings', 'Settings'],
] as const;

export type PageId = (typeof pages)[number][0];

export const pathOf = (page: PageId, rest = ''): string =>
  `/-/console${page === '' ? '' : `/${page}`}${rest}`;

export interface Page {
  /** Of the navigation; null: it is none of them. */
  readonly at: PageId | null;
  readonly title: string;
  readonly body: Html;
  /** Default 200. */
  readonly status?: ContentfulStatusCode;
  /** What stands beside the title: which window, say. */
  readonly aside?: Html;
  /** When the figures of this page were rolled up; undefined: it has none. Null: never. */
  readonly rolledUpMs?: number | null | undefined;
  /** How soon a look again may show more; undefined: never by itself. */
  readonly againS?: number | undefined;
}

export async function pageOf(page: Page, admin: Admin, edge: EdgeRequest): Promise<Html> {
  const { at, title, body, aside = none, rolledUpMs, againS } = page;
  const main = html`<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/-/console"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M5 20h5l3-10 5 14 3-8h6"/></svg>Stillfresh</a>
<nav aria-label="Pages">${pages.map(
    ([id, name]) => html`<a href="${pathOf(id)}"${id === at ? html` aria-current="page"` : none}>${name}</a>`,
  )}</nav>
<div class="who"><span>${admin.name}</span>${
    admin.hasSession
      ? html`<form method="post" action="/-/console/logout"><button class="plain">Log out</button></form>`
      : none
  }</div>
</header>
<main id="main" tabindex="-1"${againS === undefined ? none : html` data-again="${againS}"`}>
<div class="title"><h1>${title}</h1>${aside}</div>
${killBanner(edge)}${body}
<footer>${rolledUpSays(rolledUpMs)}<span>Read ${moment(edge.isolate.clock.now())}, all times in UTC.</span></footer>
</main>`;
  return document(title, main, await staticPaths());
}

const rolledUpSays = (ms: Page['rolledUpMs']): Html => {
  if (ms === undefined) return none;
  return ms === null
    ? html`<span>No figures were rolled up yet.</span>`
    : html`<span>Figures were rolled up ${moment(ms)}.</span>`;
};

/** A page for whoever is not known yet. */
export const barePage = async (title: string, body: Html): Promise<Html> =>
  document(title, html`<main id="main" class="bare">${body}</main>`, await staticPaths());

const document = (title: string, body: Html, { css, js, svg }: StaticPaths): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Stillfresh</title>
<link rel="icon" href="${svg}" type="image/svg+xml">
<link rel="stylesheet" href="${css}">
<script src="${js}" defer></script>
</head>
<body>
${body}
</body>
</html>
`;
