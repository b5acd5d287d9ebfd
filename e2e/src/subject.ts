import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { createAccount, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { ownerOf } from './contract.ts';

/** All services except the gateway, and the subjects of calls to them. */
export class Subjects {
  private constructor(
    readonly world: TestWorld,
    readonly services: Readonly<Record<string, TestService>>,
    readonly profiles: Client<typeof UserService>,
  ) {}

  static async start(): Promise<Subjects> {
    const world = await TestWorld.shared();
    const services = await world.services();
    return new Subjects(world, services, await world.client(UserService, services.user, { service: 'auth' }));
  }

  /** Creates the user's profile. */
  async withProfile<U extends TestUser>(user: U): Promise<U> {
    await this.profiles.createProfile({ userId: user.id, displayName: 'User' });
    return user;
  }

  /** Creates an account, without the mail of a registration. */
  createAccount(account: { readonly email: string; readonly password: string; readonly displayName: string }): Promise<string> {
    const [auth = '', user = ''] = ['auth', 'user'].map((name) => this.services[name]?.databaseUrl);
    return createAccount({ auth, user }, account);
  }

  /** A client as the gateway, with or without a user. */
  as<S extends DescService>(contract: S, user?: TestUser): Promise<Client<S>> {
    return this.world.client(contract, this.services[ownerOf(contract)] as TestService, { user });
  }
}
