import { registry, SECRETS } from '@reputable/contracts/registry';
import { randomBytes } from 'node:crypto';
import type { Manifest } from '../manifest.ts';

/** A Secret with its values as text. */
export interface Secret extends Manifest {
  readonly type: string;
  readonly stringData: Readonly<Record<string, string>>;
}

const secret = (name: string, type: string, stringData: Readonly<Record<string, string>>): Secret => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: `reputable-${name}` } },
  ...{ type, stringData },
});

/** The Secrets of all services, and of their roles in CloudNativePG's cluster `postgres`, with new random values: docs/kubernetes.md, "Secrets". */
export function newSecrets(): readonly Secret[] {
  const shared = new Map(SECRETS.map((name) => [name as string, randomBytes(32).toString('base64')]));
  return registry.flatMap(({ name, database, secrets }) => {
    const password = randomBytes(16).toString('hex');
    const values = {
      ...Object.fromEntries(secrets.map((each) => [each, shared.get(each) ?? ''])),
      ...(database ? { DATABASE_URL: `postgres://${name}:${password}@postgres-rw:5432/${name}` } : {}),
      ...(name === 'auth' ? { SMTP_URL: 'smtp://mailbox:1025' } : {}),
    };
    const role = secret(`${name}-database`, 'kubernetes.io/basic-auth', { username: name, password });
    return [secret(name, 'Opaque', values), ...(database ? [role] : [])];
  });
}
