/// <reference path="./text.d.ts" />
import { sha256, toBase64url } from '../digest.ts';
import css from './static/console.min.css' with { type: 'text' };
import script from './static/console.min.js' with { type: 'text' };
import icon from './static/icon.svg' with { type: 'text' };

/** What pages refer to: each under a path that says what is in it, so that browsers keep it forever. */
const files = {
  css: { type: 'text/css; charset=utf-8', text: css },
  js: { type: 'text/javascript; charset=utf-8', text: script },
  svg: { type: 'image/svg+xml', text: icon },
} as const;

type Kind = keyof typeof files;
export type StaticPaths = Readonly<Record<Kind, string>>;

/** Strings, and no promise: one of another request might never settle. */
let paths: StaticPaths | undefined;

export async function staticPaths(): Promise<StaticPaths> {
  if (paths) return paths;
  const hashed = Object.entries(files).map(async ([kind, { text }]) => {
    const hash = toBase64url((await sha256(text)).subarray(0, 12));
    return [kind, `/-/console/static/${hash}.${kind}`] as const;
  });
  paths = Object.fromEntries(await Promise.all(hashed)) as StaticPaths;
  return paths;
}

/** Null: there is none under this path, as for a page of another version. */
export async function staticFile(path: string): Promise<Response | null> {
  const known = Object.entries(await staticPaths()).find(([, it]) => it === path);
  if (!known) return null;
  const { type, text } = files[known[0] as Kind];
  return new Response(text, {
    headers: { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' },
  });
}
