import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { type Makers, makersFor, type Subject } from './access-table.ts';
import { ownerOf } from './contract.ts';

/** All services but the gateway, and what calls to them are about. */
export class Subjects {
  readonly #makers: Makers = makersFor(this);

  private constructor(
    readonly world: TestWorld,
    readonly services: Readonly<Record<string, TestService>>,
    readonly profiles: Client<typeof UserService>,
  ) {}

  static async start(): Promise<Subjects> {
    const world = await TestWorld.create();
    const services = await world.startAll();
    return new Subjects(world, services, await world.client(UserService, services.user, { service: 'auth' }));
  }

  /** Makes what a row of the table is about, afresh for every call: some of them end it. */
  async about(name: string): Promise<Subject> {
    const make = this.#makers[name];
    if (!make) throw new Error(`${name} has no request. Write one beside the others.`);
    return make();
  }

  /** Makes sure that a user has a profile. */
  async settle<U extends TestUser>(user: U): Promise<U> {
    await this.profiles.createProfile({ userId: user.id, displayName: 'Somebody' });
    return user;
  }

  /** A client at the gateway, for a user or for nobody. */
  as<S extends DescService>(contract: S, user?: TestUser): Promise<Client<S>> {
    return this.world.client(contract, this.services[ownerOf(contract)] as TestService, { user });
  }
}
