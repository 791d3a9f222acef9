import type { Problem } from '../http/problem.ts';
import { type Html, html, none } from './html.ts';
import { barePage } from './layout.ts';

/** The form for a token; `problem`: what was wrong with the one before. `next`: the page that was asked for. */
export const loginPage = (next: string | null, problem?: Problem): Promise<Html> =>
  barePage(
    'Log in',
    html`<form class="login" method="post" action="/-/console/login">
<h1>Stillfresh</h1>
<p>The console of this edge. Log in with an admin token that has the scope <code>read</code>.</p>
${problem ? html`<p class="error" role="alert">${problem.options.detail ?? problem.message}</p>` : none}
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus${
      problem ? html` aria-invalid="true"` : none
    }>
${next === null ? none : html`<input type="hidden" name="next" value="${next}">`}
<button>Log in</button>
<p class="small">You stay logged in for 8 hours, or until the token is replaced.</p>
</form>`,
  );

/** Where to go after the login: a page of the console alone, whatever the form says. */
export function nextPage(asked: string | undefined): string {
  // As a browser reads it: dot segments, encoded or not, and backslashes are gone afterwards.
  const url = asked?.startsWith('/') ? URL.parse(asked, HERE) : null;
  const isPage =
    url?.origin === HERE && /^\/-\/console(?:\/(?!\/|log(?:in|out)(?:\/|$)).*)?$/.test(url.pathname);
  return isPage ? url.pathname + url.search : '/-/console';
}

const HERE = 'https://edge';
