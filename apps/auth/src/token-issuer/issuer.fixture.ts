import { TestIssuer } from '@reputable/auth/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';
import { type OAuthWorld, openOAuthWorld } from '../oauth.fixture.ts';
import { TestTransmitter } from './test-transmitter.fixture.ts';
import { clientOfIntrospection, IntrospectingIssuer } from './introspecting-issuer.fixture.ts';

/** Auth, and the issuers in its settings. */
export interface IssuerWorld {
  readonly running: OAuthWorld;
  /** A realm of Keycloak with whole JWTs. Its events are for the audience `reputable-events`. */
  readonly acme: TestIssuer;
  /** Where auth polls for events of {@link acme}. */
  readonly acmeEvents: TestTransmitter;
  /** An Ory Hydra with JWTs, and roles of its own. Its events must come with {@link BEARER}. */
  readonly partner: TestIssuer;
  /** An Ory Hydra with opaque tokens. */
  readonly hydra: IntrospectingIssuer;
  /** Where auth polls for events of {@link hydra}. */
  readonly hydraEvents: TestTransmitter;
  /** A realm of Keycloak with lightweight tokens, and signed answers. */
  readonly light: IntrospectingIssuer;
}

/** The bearer token with the events of the partner, and of the polls. */
export const BEARER = 'the secret of the partner';

/** The limit of refused tokens from one address. */
export const REFUSED_PER_ADDRESS = 20;

let shared: Promise<IssuerWorld> | undefined;

/** The world that all specs of this process share. It runs until the process ends. */
export const sharedIssuerWorld = (): Promise<IssuerWorld> => (shared ??= startIssuerWorld());

async function startIssuerWorld(): Promise<IssuerWorld> {
  const [acme, partner, ...asked] = await Promise.all([anIssuer(), anIssuer(), anIssuer(), anIssuer()]);
  const [hydra, light] = [new IntrospectingIssuer(asked[0]), new IntrospectingIssuer(asked[1])];
  const client = await clientOfIntrospection();
  const bearerFile = join((await sharedAuthWorld()).world.folder, 'bearer-of-the-partner');
  await writeFile(bearerFile, BEARER);
  const common = { audience: 'reputable', trustedClients: ['web'] };
  const events = { audience: ['reputable-events', 'web'] };
  const [acmeEvents, hydraEvents] = [new TestTransmitter(acme, BEARER), new TestTransmitter(hydra.issuer, BEARER)];
  const polled = ({ endpoint }: TestTransmitter) => ({ ...events, poll: { endpoint, accessTokenFile: bearerFile, intervalS: 1 } });
  const issuers = [
    { ...common, id: 'acme', kind: 'keycloak', realm: acme.url, roles: 'realm', events: polled(acmeEvents) },
    { ...common, id: 'partner', kind: 'ory-hydra', url: partner.url, rolesFrom: 'issuer', events: { ...events, bearerFile } },
    {
      ...{ ...common, id: 'opaque', kind: 'ory-hydra', url: hydra.issuer.url, rolesFrom: 'issuer', events: polled(hydraEvents) },
      introspection: { ...client, tokenPrefix: 'ory_at_' },
    },
    { ...common, id: 'light', kind: 'keycloak', realm: light.issuer.url, roles: 'realm', introspection: { ...client, signed: true } },
  ];
  const limits = { LIMIT_TOKEN_ADDRESS: `${String(REFUSED_PER_ADDRESS)}/900` };
  const running = await openOAuthWorld(await startOtherAuth({ TOKEN_ISSUERS: JSON.stringify(issuers), ...limits }));
  return { running, acme, acmeEvents, partner, hydra, hydraEvents, light };
}

async function anIssuer(): Promise<TestIssuer> {
  const issuer = await TestIssuer.start({ algorithm: 'RS256' });
  issuer.server.unref();
  return issuer;
}
