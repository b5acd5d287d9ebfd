import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { ownerOf } from './contract.ts';

/** All services but the gateway, and what calls to them are about. */
export class Subjects {
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
