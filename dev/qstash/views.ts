import type { Message } from './message.ts';
import type { DeadLetter, StateChange } from './records.ts';

/** What a message looks like in an answer. */
export function messageView(message: Message) {
  return { ...settingsView(message), ...bodyView('body', message.body) };
}

export function deadLetterView({ dlqId, message, outcome }: DeadLetter) {
  const answered = outcome.status !== 'no answer';
  return {
    ...messageView(message),
    dlqId,
    ...(answered && {
      responseStatus: outcome.status,
      responseHeader: outcome.headers,
      ...bodyView('responseBody', outcome.body),
    }),
  };
}

export function eventView({ seq: _, message, ...change }: StateChange) {
  return { ...change, ...settingsView(message) };
}

function settingsView(message: Omit<Message, 'body'>) {
  const { flow, labels } = message;
  return {
    messageId: message.id,
    url: message.url,
    method: message.method,
    header: Object.fromEntries(Object.entries(message.header).map(([name, value]) => [name, [value]])),
    maxRetries: message.maxRetries,
    retryDelayExpression: message.retryDelay?.source,
    timeout: message.timeoutMs,
    notBefore: message.notBefore,
    createdAt: message.createdAt,
    callback: message.callback?.url,
    failureCallback: message.failureCallback?.url,
    queueName: message.queue,
    callerIP: message.callerIp,
    ...(labels.length > 0 && { label: labels[0], labels }),
    ...(flow && {
      flowControlKey: flow.key,
      parallelism: flow.parallelism,
      rate: flow.rate,
      period: flow.periodMs / 1000,
    }),
  };
}

/** As text when it is text, else in base64 under another name. */
function bodyView(name: string, bytes: Buffer): Record<string, string> {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? { [name]: text } : { [`${name}Base64`]: bytes.toString('base64') };
}
