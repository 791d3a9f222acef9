import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { workerModule } from '../../dev/workerd.ts';

/** What workerd streams of a trace, as `traced-entry.ts` logs it. */
interface Traced {
  readonly traced: {
    readonly type: string;
    readonly name?: string;
    readonly spanId?: string;
    readonly info?: readonly { readonly name: string; readonly value: unknown }[];
  };
  readonly spanContext: { readonly traceId: string; readonly spanId: string };
}

test('workerd records our spans, and the origin is told the one that asks it', async () => {
  const sent: (string | undefined)[] = [];
  const origin = createServer((request, response) => {
    sent.push(request.headers['traceparent'] as string | undefined);
    response.end('{"total":1}');
  });
  await new Promise<void>((listening) => origin.listen(0, '127.0.0.1', listening));
  const events: Traced[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'traced',
      modules: [workerModule(await bundle('test/scenarios/support/traced-entry.ts'))],
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['streaming_tail_worker', 'experimental'],
      streamingTails: ['traced'],
      bindings: {
        ENVIRONMENT: 'development',
        STORE: 'memory',
        ORIGIN_URL: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
        ORIGIN_SECRET: 'only-for-this-scenario',
        API_KEYS: '{}',
        // Else the first request's trace ends 20 s after its answer.
        METRICS_FLUSH: 'off',
      },
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: ({ message }) => {
        if (message.startsWith('{"traced"')) events.push(JSON.parse(message) as Traced);
      },
    }),
  );
  onTestFinished(async () => {
    await miniflare.dispose();
    origin.close();
  });
  const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const ask = async () => {
    events.length = 0;
    expect((await miniflare.dispatchFetch('http://traced/docs/d1', { headers })).status).toBe(200);
    await vi.waitFor(() => expect(events.some(({ traced }) => traced.type === 'outcome')).toBe(true), 20_000);
    return events.filter(({ traced }) => traced.type === 'spanOpen');
  };
  const opened = await ask();
  const names = opened.map(({ traced }) => traced.name);
  expect(names).toEqual(
    expect.arrayContaining(['lookup', 'lease', 'origin', 'fill'].map((it) => `stillfresh.${it}`)),
  );
  const asking = opened.find(({ traced }) => traced.name === 'stillfresh.origin')!;
  expect(sent).toEqual([`00-${asking.spanContext.traceId}-${asking.traced.spanId}-01`]);
  const told = events.flatMap(({ traced }) => (traced.type === 'attributes' ? (traced.info ?? []) : []));
  const saidOf = (name: string) => told.filter((it) => it.name === name).map(({ value }) => value);
  expect(saidOf('stillfresh.outcome')).toEqual(['miss']);
  expect(saidOf('stillfresh.reason')).toEqual(['uri-miss']);
  // From isolate memory: no span at all.
  expect((await ask()).filter(({ traced }) => traced.name?.startsWith('stillfresh.'))).toEqual([]);
});
