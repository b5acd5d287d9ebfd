import { CliError } from '@reputable/cli';
import { exchangeToken, type Surroundings } from '@reputable/playground/direct-call';
import { join } from 'node:path';
import { GraphQLClient } from '../graphql.ts';
import { Person } from '../person.ts';
import { DEMO_ACCOUNTS, savedDemo } from '../seed.ts';

/** A demo account that is logged in. */
export interface DemoUser {
  /** A JWT for one service. */
  readonly token: string;
  readonly logOut: () => Promise<void>;
}

/**
 * Logs in a demo account and exchanges its token for one for the service.
 *
 * @param name the part of the e-mail address before the @
 * @throws CliError if there is no such account, or the system does not run
 */
export async function logInDemoUser(
  system: Surroundings & { readonly ports: Readonly<Record<'gateway', number>> },
  dataDir: string,
  name: string,
  service: string,
): Promise<DemoUser> {
  const names = DEMO_ACCOUNTS.map(({ email }) => email.split('@')[0]);
  const account = DEMO_ACCOUNTS[names.indexOf(name.split('@')[0])];
  if (!account) throw new CliError(`Unknown account: ${name}. Use one of ${names.join(', ')}.`);
  const demo = await savedDemo(dataDir);
  if (!demo) throw new CliError(`There are no demo accounts in ${join(dataDir, 'demo.json')}. Run npm start.`);
  const url = `http://localhost:${String(system.ports.gateway)}/graphql`;
  const { email, displayName } = account;
  const person = new Person(new GraphQLClient(url), displayName, { email, password: demo.password });
  await person.logIn().catch((error: unknown) => {
    throw error instanceof TypeError ? new CliError(`The gateway does not answer at ${url}. Run npm start.`) : error;
  });
  return {
    token: await exchangeToken(system, person.token, [service]),
    logOut: async () => {
      await person.ask('mutation { logOut }');
    },
  };
}
