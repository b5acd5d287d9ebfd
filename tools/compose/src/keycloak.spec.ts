import { describe, expect, it } from '@jest/globals';
import { ROLES } from '@reputable/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Realm {
  readonly realm: string;
  readonly roles: { readonly realm: readonly { readonly name: string }[] };
  readonly clients: readonly {
    readonly clientId: string;
    readonly secret: string;
    readonly publicClient: boolean;
    readonly directAccessGrantsEnabled: boolean;
    readonly redirectUris: readonly string[];
    readonly attributes: Readonly<Record<string, string>>;
    readonly protocolMappers: readonly { readonly protocolMapper: string; readonly config: Readonly<Record<string, string>> }[];
  }[];
  readonly users: readonly { readonly username: string; readonly realmRoles: readonly string[] }[];
}

/** The schema of an app's setting, as far as a check needs it. */
interface Schema {
  readonly safeParse: (value: unknown) => { readonly success: boolean; readonly data?: unknown };
}

const realm = JSON.parse(read('deploy/keycloak-realm.json')) as Realm;
const overlay = withDefaults(read('deploy/keycloak.yml'));
const [client] = realm.clients;

/** A compose file with the defaults of its variables. */
function withDefaults(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

/** A setting of the overlay. */
const settingOf = (name: string) => new RegExp(`^ {6}${name}: '?(.*?)'?$`, 'm').exec(overlay)?.[1];

/** The schemas of the settings of an app. A dynamic import, as lint forbids to import an app. */
const schemasOf = async (app: string) =>
  ((await import(join(ROOT, `apps/${app}/src/config.ts`))) as { readonly Config: { readonly shape: Readonly<Record<string, Schema>> } })
    .Config.shape;

describe('deploy/keycloak.yml', () => {
  const issuer = `http://localhost:8080/realms/${realm.realm}`;
  const origin = 'http://localhost:3000';
  const [trusted] = JSON.parse(settingOf('TOKEN_ISSUERS') ?? '[]') as Record<string, unknown>[];

  it('names the issuer of the realm to auth and to the gateway, at the port of Keycloak', () => {
    expect(trusted).toMatchObject({ kind: 'keycloak', realm: issuer });
    expect([settingOf('AUTHORIZATION_SERVER'), settingOf('AUTHORIZATION_SERVER_URL')]).toEqual([issuer, issuer]);
    expect([settingOf('KC_HOSTNAME'), settingOf('KC_HTTP_PORT')]).toEqual(['http://localhost:8080', '8080']);
    expect(overlay).toContain("ports: ['127.0.0.1:8080:8080']");
    expect(settingOf('ISSUER_TOKENS')).toBe('true');
  });

  it('has the client of the realm, which is confidential and leads to the gateway only', () => {
    expect(withDefaults(read('docker-compose.yml'))).toContain(`PUBLIC_URL: ${origin}`);
    expect(client).toMatchObject({
      clientId: settingOf('AUTHORIZATION_SERVER_CLIENT_ID'),
      secret: settingOf('AUTHORIZATION_SERVER_CLIENT_SECRET'),
      publicClient: false,
      directAccessGrantsEnabled: false,
      redirectUris: [`${origin}/auth/callback`],
      attributes: { 'post.logout.redirect.uris': `${origin}/auth/logged-out`, 'pkce.code.challenge.method': 'S256' },
    });
    expect(trusted).toMatchObject({ trustedClients: [client?.clientId] });
  });

  it('sends the logout tokens of its client to auth, which accepts them', () => {
    const compose = withDefaults(read('docker-compose.yml'));
    const url = new URL(client?.attributes['backchannel.logout.url'] ?? '');
    const auth = /^ {2}auth:\n(.*?)\n\n/ms.exec(compose)?.[1] ?? '';
    expect(url.href).toBe(`http://auth:3001/issuers/${String(trusted?.['id'])}/back-channel-log-out`);
    expect(auth).toMatch(new RegExp(`^ {4}ports: .*:${url.port}'\\]$`, 'm'));
    expect(auth).toMatch(/^ {4}networks: .*\bedge\b/m);
    expect(/^ {2}keycloak:\n(.*?)\n\n/ms.exec(overlay)?.[1]).toMatch(/^ {4}networks: \[edge\]$/m);
    expect(trusted?.['events']).toEqual({ audience: client?.clientId });
    expect(client?.attributes['backchannel.logout.session.required']).toBe('true');
  });

  it('accepts the audience that the realm puts into access tokens, and roles that the contract knows', () => {
    const audience = client?.protocolMappers.find(({ protocolMapper }) => protocolMapper === 'oidc-audience-mapper');
    expect(audience?.config).toMatchObject({ 'included.custom.audience': trusted?.['audience'], 'access.token.claim': 'true' });
    const names = realm.roles.realm.map(({ name }) => name);
    expect(ROLES).toEqual(expect.arrayContaining(names));
    const granted = realm.users.map(({ username, realmRoles }) => [username, realmRoles.filter((role) => names.includes(role))]);
    expect(granted).toEqual([
      ['admin', ['ADMIN']],
      ['member', []],
    ]);
  });

  it('has settings that auth and the gateway accept', async () => {
    const accepted = async (app: string, name: string) => (await schemasOf(app))[name]?.safeParse(settingOf(name)).success;
    expect(await accepted('auth', 'TOKEN_ISSUERS')).toBe(true);
    for (const name of ['AUTHORIZATION_SERVER', 'AUTHORIZATION_SERVER_URL', 'AUTHORIZATION_SERVER_CLIENT_ID', 'ISSUER_TOKENS']) {
      expect([name, await accepted('gateway', name)]).toEqual([name, true]);
    }
  });
});
