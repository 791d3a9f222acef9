import { Hono, type Context as HonoContext } from 'hono';
import { csrf } from 'hono/csrf';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { freshenFlags } from '../engine/rollout.ts';
import { Problem } from '../http/problem.ts';
import { adminOf, logIn, logOut, noteAdmin } from './admin.ts';
import { alertsPage } from './alerts-page.ts';
import { classesPage, classPage } from './classes-page.ts';
import { explainPage } from './explain-page.ts';
import { formIn } from './form.ts';
import { type Page, pageOf } from './layout.ts';
import { loginPage, nextPage } from './login.ts';
import { overviewPage } from './overview-page.ts';
import type { ConsoleParts } from './parts.ts';
import { problemOf, problemPage } from './problem-page.ts';
import { newPurge, purgePage, purgesPage, takePurge } from './purges-page.ts';
import { rolloutClassPage, rolloutPage } from './rollout-page.ts';
import { takeKill, takeRollout } from './rollout-take.ts';
import { setSafetyHeaders } from './safety-headers.ts';
import { settingsPage } from './settings-page.ts';
import { staticFile } from './statics.ts';
import { missedPage, tagsPage, tenantsPage } from './tops-pages.ts';
import type { View } from './view.ts';

type Asked = HonoContext<EdgeEnv>;

type Made = Page | Response;

/** The console's pages, each whole without scripts. Mount it at `/-/console`. */
export function consoleApp(parts: ConsoleParts): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();
  const settingsOf = (c: Asked) => parts.settingsOf(c.env);

  app.use('*', setSafetyHeaders);
  // RFC 9110 §9.3.1: what only reads is never refused by it. `SameSite=Strict` keeps the cookie from other sites besides.
  app.use('*', csrf());
  app.onError((error, c) => answerError(error, c, settingsOf(c)));

  app.get(
    '/static/:file',
    async (c) => (await staticFile(c.req.path)) ?? problemPage(new Problem('not-found'), c, null),
  );

  app.get('/login', async (c) => c.html(await loginPage(c.req.query('next') ?? null)));
  app.post('/login', async (c) => {
    const form = await formIn(c);
    const next = form.get('next');
    try {
      const name = await logIn(c, settingsOf(c), (form.get('token') ?? '').trim());
      edgeRequestOf(c).logged = { admin: name };
      return c.redirect(nextPage(next ?? undefined), 303);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      edgeRequestOf(c).error = error;
      return c.html(await loginPage(next, error), error.status);
    }
  });
  app.post('/logout', async (c) => {
    await formIn(c);
    logOut(c, settingsOf(c));
    return c.redirect('/-/console/login', 303);
  });

  /** A page for whoever is logged in; everybody else is sent to the login. */
  const page = (make: (view: View) => Made | Promise<Made>) => async (c: Asked) => {
    const admin = await adminOf(c, settingsOf(c));
    if (!admin) return toLogin(c);
    const edge = edgeRequestOf(c);
    noteAdmin(edge, admin);
    // For the banner of the kill switch: once in 20 s, beside what the page itself asks.
    const freshened = freshenFlags(edge, edge.isolate.clock.now());
    try {
      const made = await make({ c, admin, parts });
      await freshened;
      if (made instanceof Response) return made;
      return c.html(await pageOf(made, admin, edge), made.status);
    } catch (error) {
      return problemPage(problemOf(error, edge), c, admin);
    }
  };
  app.get('/', page(overviewPage));
  app.get('/classes', page(classesPage));
  app.get('/classes/:name', page(classPage));
  app.get('/tenants', page(tenantsPage));
  app.get('/tags', page(tagsPage));
  app.get('/missed', page(missedPage));
  app.get('/alerts', page(alertsPage));
  app.get('/purges', page(purgesPage));
  app.get('/purges/new', page(newPurge));
  app.post('/purges', page(takePurge));
  app.get('/purges/:id', page(purgePage));
  app.get(
    '/rollout',
    page((view) => rolloutPage(view)),
  );
  app.post('/rollout', page(takeKill));
  app.get(
    '/rollout/:name',
    page((view) => rolloutClassPage(view)),
  );
  app.post('/rollout/:name', page(takeRollout));
  app.get('/explain', page(explainPage));
  app.get('/settings', page(settingsPage));
  app.all(
    '*',
    page(({ c, admin }) => {
      // As it came: what was decoded may be no header's value.
      const { pathname, search } = new URL(c.req.url);
      const trimmed = pathname.replace(/\/+$/, '');
      return trimmed === pathname
        ? problemPage(new Problem('not-found'), c, admin)
        : c.redirect(trimmed + search, 303);
    }),
  );
  return app;
}

/** The page that was asked for comes after the login, if it was only to be read. */
function toLogin(c: Asked): Response {
  const { pathname, search } = new URL(c.req.url);
  const next = c.req.method === 'GET' ? nextPage(pathname + search) : '/-/console';
  const query = next === '/-/console' ? '' : `?next=${encodeURIComponent(next)}`;
  return c.redirect(`/-/console/login${query}`, 303);
}

async function answerError(error: Error, c: Asked, settings: ReturnType<ConsoleParts['settingsOf']>) {
  const edge = edgeRequestOf(c);
  const problem = problemOf(error, edge);
  const admin = await adminOf(c, settings).catch(() => null);
  return problemPage(problem, c, admin);
}
