import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { readsOf } from './access.ts';
import { alertsShape, compileAlerts } from './alert.ts';
import type { Alert, AlertDefinitions } from './alert-types.ts';
import type { Application } from './application.ts';
import type { Budget } from './budget.ts';
import { isDataClass } from './data-class.ts';
import {
  type Around,
  compileEvent,
  type Events,
  eventShape,
  faultsOfEvent,
  type Purges,
  reaches,
} from './event.ts';
import type { Payload } from './event-list.ts';
import type { Silences } from './lint-rules.ts';
import { inOurWords } from './says.ts';
import { type ServiceLevel, type ServiceLevelDefinition, serviceLevelShape } from './service-level.ts';
import { didYouMean, type Fault, faultsOf, must, quote, StrategyError } from './strategy-error.ts';
import type { DataClass } from './types.ts';

/** A claim's name, or the path to a nested one: `['https://acme.example/app', 'tenant']`. */
export type ClaimPath = string | readonly string[];

/** A strategy as a team writes it. */
export interface StrategyDefinition<E extends Events = Events> {
  readonly classes: readonly DataClass[];
  /** Events by name, `[a-z][a-z0-9_]*`. Default none. */
  readonly events?: E;
  /** What is watched, by name: changes to the default alerts (default-alerts.ts), and further ones. Default: those alone. */
  readonly alerts?: AlertDefinitions;
  /** How soon purges are to be seen everywhere. Default: within `15s`, `99%` of them. */
  readonly serviceLevel?: ServiceLevelDefinition;
  /** What it is for. Printed in the strategy document. */
  readonly application?: Application;
  /** What it may cost. Default none. */
  readonly budget?: Budget;
  /** What `npm run strategy -- --check` finds of the strategy as a whole and is meant, by the rule's name: why. Default none. */
  readonly silences?: Silences;
  readonly identity?: {
    /** The claims of a verified token that name them. Default `tenant`, `sub`, `roles`. */
    readonly claims?: Readonly<Partial<Record<keyof Claims, ClaimPath>>>;
  };
}

/** A validated strategy, frozen. Made only by `defineStrategy`. */
export interface Strategy<E extends Events = Events> {
  readonly definition: Pick<StrategyDefinition<E>, 'application' | 'budget' | 'silences'>;
  readonly classes: ReadonlyMap<string, DataClass>;
  readonly events: E;
  /** An event's targets, given a payload of its shape. Throws `NameRefused`. */
  readonly purgesOf: (event: keyof E & string, payload: Payload, around?: Around) => Purges;
  /** The longest of any class: for purges that name tags by hand. */
  readonly settleMs: number;
  readonly alerts: readonly Alert[];
  readonly serviceLevel: ServiceLevel;
  readonly identity: { readonly claims: Claims };
}

/** Paths, so that a plain claim is a path of one step. */
export type Claims = Readonly<Record<'tenant' | 'user' | 'roles', readonly string[]>>;

const isStep = (value: unknown) => typeof value === 'string' && value !== '';
const isClaimPath = (path: unknown) =>
  isStep(path) || (Array.isArray(path) && path.length > 0 && path.every(isStep));
const claim = (byDefault: string) =>
  z
    .custom<ClaimPath>(isClaimPath, must("write a claim's name, or the path to it as a list of names"))
    .transform((path) => Object.freeze([path].flat()))
    .prefault(byDefault);
const claims = { tenant: claim('tenant'), user: claim('sub'), roles: claim('roles') };

const strategyShape = z.strictObject(
  {
    // One purge may have to name all of them.
    classes: z
      .array(z.custom(isDataClass, must('make it with dataClass')), must('write a list of classes'))
      .max(bounds.targetsPerOrder, must(`list at most ${bounds.targetsPerOrder}`)),
    events: z
      .record(z.string().regex(/^[a-z][a-z0-9_]*$/), eventShape, {
        error: ({ code, input }) =>
          code === 'invalid_key'
            ? 'name it with a-z first, then a-z 0-9 _'
            : `${quote(input)} is not valid; write an object of events by name`,
      })
      .optional(),
    alerts: alertsShape,
    serviceLevel: serviceLevelShape,
    // Read by what prints and checks the strategy alone.
    application: z.unknown().optional(),
    budget: z.unknown().optional(),
    silences: z.unknown().optional(),
    identity: z
      .strictObject(
        { claims: z.strictObject(claims, must('write { tenant, user, roles }')).prefault({}) },
        must('write { claims: … }'),
      )
      .prefault({}),
  },
  must('write an object'),
);

/** Validates a strategy. Throws one `StrategyError` with every fault found. */
export function defineStrategy<const E extends Events = Record<never, never>>(
  definition: StrategyDefinition<E>,
): Strategy<E> {
  const parsed = strategyShape.safeParse(definition, inOurWords);
  if (!parsed.success) throw new StrategyError(faultsOf('strategy', parsed.error.issues));
  const events = definition.events ?? ({} as E);
  const ofEvents = Object.entries(events).flatMap(([name, event]) =>
    faultsOfEvent(event, definition.classes).map((fault) => ({ where: `events.${name}`, ...fault })),
  );
  const { alerts, faults: ofAlerts } = compileAlerts(definition.alerts, definition.classes);
  const faults = [...ofEvents, ...faultsOfClasses(definition.classes, events), ...ofAlerts];
  if (faults.length > 0) throw new StrategyError(faults);

  const compiled = new Map(
    Object.entries(events).map(([name, event]) => {
      const settled = definition.classes.filter((cls) => reaches(event, cls));
      return [name, compileEvent(event, longestSettle(settled), definition.classes)];
    }),
  );
  return Object.freeze({
    definition,
    classes: new Map(definition.classes.map((cls) => [cls.name, cls])),
    events: Object.freeze({ ...events }),
    purgesOf: (name: keyof E & string, payload: Payload, around?: Around) =>
      compiled.get(name)!(payload, around),
    settleMs: longestSettle(definition.classes),
    alerts: Object.freeze(alerts),
    serviceLevel: Object.freeze(parsed.data.serviceLevel),
    identity: Object.freeze({ claims: Object.freeze(parsed.data.identity.claims) }),
  });
}

const longestSettle = (classes: readonly DataClass[]) =>
  Math.max(0, ...classes.map(({ settleMs }) => settleMs));

function faultsOfClasses(classes: readonly DataClass[], events: Events): Fault[] {
  return classes.flatMap((cls, i) => {
    const fault = (field: string, says: string): Fault => ({ where: cls.name, field, says });
    const first = classes.findIndex(({ name }) => name === cls.name);
    const unknown = cls.invalidatedBy.filter((name) => !Object.hasOwn(events, name));
    const unreached = cls.invalidatedBy.filter(
      (name) => Object.hasOwn(events, name) && !reaches(events[name]!, cls),
    );
    const unread = readsOf(cls.access).filter((read) => !classes.includes(read));
    return [
      ...(first < i ? [fault('name', 'two classes have this name; rename one')] : []),
      ...unknown.map((name) =>
        fault(
          'invalidatedBy',
          `there is no event '${name}'; add it to events${didYouMean(name, Object.keys(events))}`,
        ),
      ),
      ...unreached.map((name) =>
        fault(
          'invalidatedBy',
          `'${name}' purges nothing that its entries name; give the event one of the class's tags, its users or the class`,
        ),
      ),
      ...unread.map(({ name }) => fault('access', `reads '${name}', which is not in classes; add it there`)),
    ];
  });
}
