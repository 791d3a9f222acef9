import { Client } from '@upstash/qstash';
import { afterEach, expect, test, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { publicationsOf, writeMessage } from '../../src/queue/message.ts';
import { createQStash } from '../../src/queue/qstash.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';
import { FakeClock } from '../support/worker/clock.ts';

/** We write QStash's REST API ourselves. The official SDK is its judge: given the same messages, it sends the same request. */
afterEach(() => vi.unstubAllGlobals());

const url = 'https://qstash.test';
const token = 'a-token';
const publicUrl = 'https://edge.test';
const keys = { currentSigningKey: 'sig_current', nextSigningKey: 'sig_next' };
const queue = createQStash({ url, token, ...keys, publicUrl, retries: 4, namespace: '' }, new FakeClock());
const sdk = new Client({ baseUrl: url, token, devMode: false, enableTelemetry: false, retry: false });

interface BatchMessage {
  readonly headers: Readonly<Record<string, string>>;
}

/** The one request that is made, as it goes out. */
async function sentBy(publishing: () => Promise<unknown>) {
  const requests: Request[] = [];
  vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
    requests.push(new Request(input, { method: init.method!, headers: init.headers!, body: init.body! }));
    return Response.json([{ messageId: 'msg_0' }, { messageId: 'msg_1' }]);
  });
  await publishing();
  expect(requests).toHaveLength(1);
  const [request] = requests as [Request];
  const { method, url, headers } = request;
  return {
    ...{ method, url },
    headers: Object.fromEntries(headers),
    messages: await request.json<BatchMessage[]>(),
  };
}

const retryDelay = 'min(120000, 1000 * pow(4, retried))';

test('Purges', async () => {
  const order = orderOf({
    ...{ id: 'pur_12345678', source: 'app', whose: 'tenant', tenant: 'acme', tags: ['a'], acceptedMs: 1 },
  });
  const publications = publicationsOf(order);
  const ours = await sentBy(() => queue.publish(publications));
  // Which key tenants have is our own matter, tested beside.
  const key = ours.messages[0]!.headers['upstash-flow-control-key']!;
  const theirs = await sentBy(() =>
    sdk.batch(
      publications.map(({ message, delayMs }) => ({
        url: `${publicUrl}/-/deliveries`,
        failureCallback: `${publicUrl}/-/failures`,
        headers: { 'Content-Type': 'application/json' },
        body: writeMessage(message),
        retries: 4,
        retryDelay,
        timeout: bounds.deliveryMs / 1000,
        label: `purge-${message.step}`,
        flowControl: { key, parallelism: bounds.deliveriesPerTenant },
        ...(delayMs > 0 && { delay: Math.ceil(delayMs / 1000) }),
      })),
    ),
  );
  expect(ours.messages).toHaveLength(2);
  expect(ours).toEqual(theirs);
});

test('Alerts', async () => {
  const headers = {
    'Content-Type': 'application/json',
    'Webhook-Id': 'msg_1',
    'webhook-signature': 'v1,abc=',
  };
  const body = '{"status":"firing"}';
  const posts = ['alert_1', 'alert_2'].map((id) => ({ id, url: 'https://hooks.test/a?b=c', headers, body }));
  const ours = await sentBy(() => queue.post(posts));
  const theirs = await sentBy(() =>
    sdk.batch(
      posts.map(({ id, url, headers, body }) => ({
        ...{ url, body },
        headers: { ...headers, 'Upstash-Failure-Callback-Retries': '4' },
        deduplicationId: id,
        failureCallback: `${publicUrl}/-/failures?post=${id}`,
        retries: bounds.alertRetries,
        retryDelay,
        timeout: bounds.alertMs / 1000,
        label: 'alert',
      })),
    ),
  );
  expect(ours).toEqual(theirs);
});
