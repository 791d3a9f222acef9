import { BoundedMap } from '../bounded-map.ts';
import type { Bounds } from '../bounds.ts';
import type { Identity } from '../identity/identity.ts';

type MaybeIdentity = Identity | null | Promise<Identity | null>;

/** Who of a tenant asked lately: in development an answer is asked for a second time, now and then, as another of them. */
export class Colleagues {
  readonly #bounds: Pick<Bounds, 'secondAskingEvery'>;
  /** By tenant the last two users, the latest first. */
  readonly #users: BoundedMap<string, readonly Identity[]>;
  readonly #turns = new Map<string, number>();

  constructor(bounds: Pick<Bounds, 'secondAskingEvery' | 'rememberedColleagues'>) {
    this.#bounds = bounds;
    this.#users = new BoundedMap(bounds.rememberedColleagues);
  }

  /** Takes note of everybody whom it identifies. */
  watching<A extends unknown[]>(identify: (...from: A) => MaybeIdentity): (...from: A) => MaybeIdentity {
    const saw = (it: Identity | null) => {
      if (it) this.#saw(it);
      return it;
    };
    return (...from) => {
      const identity = identify(...from);
      return identity instanceof Promise ? identity.then(saw) : saw(identity);
    };
  }

  #saw(identity: Identity): void {
    const others = this.#users.get(identity.tenant)?.filter(({ user }) => user !== identity.user) ?? [];
    this.#users.set(identity.tenant, [identity, ...others.slice(0, 1)]);
  }

  /** Another user of this one's tenant, where it is this class's turn: each so many times that there is one. */
  forTurn(className: string, { tenant, user }: Identity): Identity | null {
    const colleague = this.#users.get(tenant)?.find((it) => it.user !== user);
    if (!colleague) return null;
    const turn = ((this.#turns.get(className) ?? 0) + 1) % this.#bounds.secondAskingEvery;
    this.#turns.set(className, turn);
    return turn === 0 ? colleague : null;
  }
}
