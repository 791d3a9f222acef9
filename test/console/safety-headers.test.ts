import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { expect, test } from 'vitest';
import { setSafetyHeaders } from '../../src/console/safety-headers.ts';

const judge = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'same-origin',
  strictTransportSecurity: false,
});

const answers = {
  'a page': () => new Response('page', { headers: { 'Content-Type': 'text/html' } }),
  'a page that says otherwise': () => new Response('page', { headers: { 'X-Frame-Options': 'SAMEORIGIN' } }),
  'a redirection': () => new Response(null, { status: 303, headers: { Location: '/' } }),
};

test.each(Object.entries(answers))('%s has the headers that hono/secure-headers sets', async (_, answer) => {
  const headersBy = async (middleware: typeof judge) => {
    const app = new Hono().use(middleware).get('/', answer);
    return Object.fromEntries((await app.request('/')).headers);
  };
  expect(await headersBy(setSafetyHeaders)).toEqual(await headersBy(judge));
});
