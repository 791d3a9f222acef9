import * as z from 'zod';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import type { Source } from '../../src/invalidation/sources.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { readsOf } from '../../src/strategy/access.ts';
import type { Strategy } from '../../src/strategy/define.ts';
import { type EventDefinition, reaches } from '../../src/strategy/event.ts';
import type { DataClass } from '../../src/strategy/types.ts';
import type { ClassFacts, EventFacts, JsonSchema, SourceFacts, StrategyFacts } from './facts.ts';

/** What a Worker knows of its strategy; bundled into what `npm run dev` runs, never into what is deployed. */
export function factsOf(
  { classes, events, definition, serviceLevel }: Strategy,
  httpCaches: readonly DataClass[],
  sources: Readonly<Record<string, Source>>,
): StrategyFacts {
  const all = [...classes.values(), ...httpCaches];
  return {
    application: definition.application,
    budget: definition.budget,
    silences: definition.silences,
    classes: all.map((cls) => classFacts(cls, httpCaches.includes(cls) ? 'http-cache' : 'class')),
    events: Object.entries(events as Record<string, EventDefinition>).map(([name, it]) =>
      eventFacts(name, it, all),
    ),
    sources: Object.entries(sources).map(([name, it]) => sourceFacts(name, it)),
    serviceLevel,
  };
}

function classFacts(cls: DataClass, is: ClassFacts['is']): ClassFacts {
  const { definition, access, rollout } = cls;
  const { mode, percent, plan, keepsOnChange, unit, allow, deny } = rollout;
  const { maxStale, maxDiffering, maxErrors, maxSlowerMs, onFailure } = rollout;
  return {
    name: cls.name,
    is,
    version: cls.version,
    scope: cls.scope,
    key: definition.key,
    keyTemplate: keyTemplateOf(cls),
    params: Object.fromEntries(cls.paramNames.map((name) => [name, paramSchema(definition.params, name)])),
    access: typeof access === 'string' ? access : access.says,
    reads: readsOf(access).map(({ name }) => name),
    tags: definition.tags ?? [],
    tagsFromAnswer: cls.tagsFromAnswer,
    read: cls.read,
    origin: definition.origin ?? null,
    writeThrough: cls.writeThrough ?? null,
    ttlMs: cls.ttlMs,
    swrMs: cls.swrMs,
    sieMs: cls.sieMs,
    l1Ms: cls.l1Ms,
    settleMs: cls.settleMs,
    freshWithinMs: cls.freshWithinMs ?? null,
    consistency: cls.consistency,
    maxBytes: cls.maxBytes,
    cacheControl: cls.cacheControl,
    passHeaders: cls.passHeaders,
    value: cls.value ? schemaOf(cls.value) : null,
    hasStoreWhen: cls.storeWhen !== undefined,
    invalidatedBy: cls.invalidatedBy,
    compareShare: cls.compareShare,
    compareIgnoring: definition.compareIgnoring ?? [],
    rollout: {
      ...{ mode, percent, plan, keepsOnChange, unit, allow, deny },
      ...{ maxStale, maxDiffering, maxErrors, maxSlowerMs, onFailure },
    },
    rationale: definition.rationale,
    silences: definition.silences,
    example: null,
    fingerprint: fingerprintOf(cls),
  };
}

const partitions = { tenant: '{tenant_id}', user: '{tenant_id}:user:{user_id}', public: '@public' } as const;

function keyTemplateOf({ name, version, scope, definition }: DataClass): string {
  const partition = `${name}:v${version}:tenant:${partitions[scope]}`;
  return definition.key === '' ? partition : `${partition}:${definition.key}`;
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'input'): JsonSchema =>
  z.toJSONSchema(schema, { unrepresentable: 'any', io, metadata: z.registry() });

/** Of a parameter that only a refinement bounds nothing is known: it counts as unbounded. */
function paramSchema(params: unknown, name: string): JsonSchema {
  const field = params instanceof z.ZodObject ? (params.shape[name] as z.ZodType | undefined) : undefined;
  const { $schema: _, ...parsed } = field ? schemaOf(field, 'output') : {};
  // The key holds what it comes out as; of a function that makes it, only what goes in is known.
  return field && Object.keys(parsed).length === 0 ? schemaOf(field) : parsed;
}

function eventFacts(name: string, event: EventDefinition, classes: readonly DataClass[]): EventFacts {
  const { payload, purges, whose = 'tenant', mode = 'hard', rationale = null, silences } = event;
  const { tags = [], users = [], classes: named = [], everything = false } = purges;
  return {
    ...{ name, payload: schemaOf(payload), purges: { tags, users, classes: named, everything } },
    ...{ whose, mode, rationale, silences },
    reaches: classes.filter((cls) => reaches(event, cls)).map((cls) => cls.name),
  };
}

function sourceFacts(name: string, { scheme, events }: Source): SourceFacts {
  const own =
    typeof scheme === 'string' ? scheme : Object.entries(schemes).find(([, it]) => it === scheme)?.[0];
  const mapped = Object.entries(events).map(([type, { event }]) => [type, event]);
  return { name, scheme: own ?? 'own', events: Object.fromEntries(mapped) };
}
