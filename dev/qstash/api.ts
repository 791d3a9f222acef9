import { deadLetterRoutes } from './api-dead-letters.ts';
import { messageRoutes, messages } from './api-messages.ts';
import type { QStashClock } from './clock.ts';
import type { Courier } from './courier.ts';
import { type Listing, pageOf, through } from './listing.ts';
import type { Publishing } from './publishing.ts';
import type { Records, StateChange } from './records.ts';
import { type ApiRequest, type Route, route } from './route.ts';
import type { SigningKeys } from './signing-keys.ts';
import { eventView } from './views.ts';

export interface ApiParts {
  readonly publishing: Publishing;
  readonly courier: Courier;
  readonly records: Records;
  readonly keys: SigningKeys;
  readonly clock: QStashClock;
}

/** All that needs the token. There are no schedules, URL groups, workflows or queue settings. */
export function apiRoutes({ publishing, courier, records, keys, clock }: ApiParts): Route[] {
  return [
    ...messageRoutes(publishing, courier),
    ...deadLetterRoutes(records, courier, clock),
    // The same list under two names: the SDK asks for events, the documentation has logs.
    ...['events', 'logs'].map((name) => route(`GET /v2/${name}`, (request) => changes(request, name))),
    route('GET /v2/keys', () => ({ status: 200, body: keys.pair })),
    route('POST /v2/keys/rotate', () => {
      keys.rotate();
      return { status: 200, body: keys.pair };
    }),
  ];

  function changes({ query }: ApiRequest, name: string) {
    const { items, ...rest } = pageOf(records.events.items, query, stateChanges);
    return { status: 200, body: { [name]: items.map(eventView), ...rest } };
  }
}

const UNDER_WAY = ['ACTIVE', 'RETRY', 'ERROR'];

const stateChanges: Listing<StateChange> = {
  timeOf: ({ time }) => time,
  facets: {
    ...through(({ message }: StateChange) => message, messages.facets),
    state: ({ state }) => (UNDER_WAY.includes(state) ? [state, 'IN_PROGRESS'] : [state]),
  },
};
