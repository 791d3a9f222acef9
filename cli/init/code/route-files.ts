import type { Plan, PlannedClass } from '../plan.ts';
import { listText, quoted } from './literal.ts';

/** One file of `routes/`. */
export interface RouteFile {
  /** Without folder: `invoices.ts`. */
  readonly file: string;
  /** What it exports, and where that is mounted. */
  readonly variable: string;
  readonly base: string;
  readonly text: string;
}

/** One for all classes whose paths begin alike: `/v1/invoices` and `/v1/invoices/:invoice_id`. */
export function routeFiles({ classes }: Plan): readonly RouteFile[] {
  const groups = Map.groupBy(classes, ({ route }) => baseOf(route));
  const used = new Set(['index.ts', 'strategy.ts', 'hooks.ts']);
  return [...groups].map(([base, group]) => {
    const stem = (base.split('/').at(-1) || 'root').replace(/[^A-Za-z0-9_-]/g, '-');
    let file = `${stem}.ts`;
    for (let n = 2; used.has(file); n++) file = `${stem}-${n}.ts`;
    used.add(file);
    const variable = `${file
      .slice(0, -3)
      .replace(/[^A-Za-z0-9]+(.)?/g, (_, it: string | undefined) => (it ?? '').toUpperCase())
      .replace(/^(?=\d)/, '_')}Routes`;
    return { file, variable, base, text: textOf(variable, base, group) };
  });
}

/** The first segments, up to two, that are no parameters. */
function baseOf(route: string): string {
  const segments = route.split('/').slice(1);
  const literal = segments.findIndex((it) => it.startsWith(':'));
  return `/${segments.slice(0, literal < 0 ? 2 : Math.min(literal, 2)).join('/')}`;
}

function textOf(variable: string, base: string, classes: readonly PlannedClass[]): string {
  const sources = new Set(classes.flatMap(({ params }) => params.map(({ from }) => from)));
  const imports = [
    'cached',
    'type EdgeEnv',
    ...[...sources].sort(),
    ...(classes.some(({ item }) => item.written) ? ['written'] : []),
  ];
  return `import { Hono } from 'hono';
import { ${imports.join(', ')} } from '../src/index.ts';
import { ${classes
    .map((it) => it.variable)
    .sort()
    .join(', ')} } from './strategy.ts';

export const ${variable} = new Hono<EdgeEnv>()${classes.flatMap((cls) => handlersOf(cls, base)).join('')};
`;
}

function handlersOf({ item, variable, route, params, emits }: PlannedClass, base: string): readonly string[] {
  const rest = quoted(route.slice(base === '/' ? 0 : base.length) || '/');
  const named = (all: PlannedClass['params']) =>
    `{ params: { ${all.map((it) => `${it.name}: ${it.from}(${quoted(it.called)})`).join(', ')} }`;
  return [
    `\n  .get(${rest}, cached(${variable}, ${named(params)} }))`,
    ...(item.written
      ? [
          `\n  .patch(${rest}, written(${variable}, ${named(params)}${emits.length > 0 ? `, events: ${listText(emits)}` : ''} }))`,
        ]
      : []),
  ];
}

/** `routes/index.ts`. */
export function indexFile(files: readonly RouteFile[], hasHooks: boolean): string {
  const all = [
    ...files.map(({ variable, file, base }) => ({ variable, file, base })),
    ...(hasHooks ? [{ variable: 'hooks', file: 'hooks.ts', base: '/hooks' }] : []),
  ];
  return `import { edge, worker } from '../src/index.ts';
${all.map(({ variable, file }) => `import { ${variable} } from './${file}';\n`).join('')}import { strategy } from './strategy.ts';

/** Worker entry and site map. */
const app = edge(strategy);

${all.map(({ base, variable }) => `app.route(${quoted(base)}, ${variable});\n`).join('')}
export default worker(app);
`;
}
