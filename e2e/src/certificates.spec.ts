import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CertificateWatch, channelCredentials } from '@reputable/auth';
import { methodDefinition } from '@reputable/contracts';
import { GRPC_SERVICES, type ServiceName, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { startSystem, type System, Person } from '@reputable/dev';
import { fromServiceError } from '@reputable/errors';
import { denied, eventually, PATIENCE, PATIENCE_MS, PATIENT, query } from '@reputable/testing';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { all: { LOG_LEVEL: 'fatal', NODE_ENV: 'production', ...PATIENT } } });
});
afterAll(() => system.stop());

const readiness = async () => (await fetch(`http://localhost:${String(system.ports.gateway)}/health/ready`)).json();

describe.each(GRPC_SERVICES)("A11: %s's port", (service) => {
  const material = async () => {
    const [ca, key, cert] = await Promise.all(
      ['ca.crt', 'tls.key', 'tls.crt'].map((name) => readFile(join(system.pki.dir, 'gateway', name))),
    );
    return { ca, key, cert };
  };

  /** The TLS version, or the error. In TLS 1.3 a client receives a refusal only after its own part of the handshake. */
  const shake = (options: ConnectionOptions) =>
    new Promise((resolve) => {
      const socket = connect({ host: 'localhost', port: system.ports[service], ALPNProtocols: ['h2'], minVersion: 'TLSv1.2', ...options });
      socket.once('data', () => resolve(socket.getProtocol()));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
      socket.once('close', () => resolve('closed'));
    });

  it('accepts TLS 1.3 only', async () => {
    expect(await shake(await material())).toBe('TLSv1.3');
    expect(await shake({ ...(await material()), maxVersion: 'TLSv1.2' })).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it('requires a certificate', async () => {
    const { ca } = await material();
    expect(await shake({ ca })).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  });
});

describe('a revoked service', () => {
  /** Calls GetUser with the certificate in a folder. */
  async function getUser(id: string, folder: string, service: ServiceName): Promise<void> {
    const certificate = await CertificateWatch.open({ folder, service, trustDomain: TRUST_DOMAIN });
    const client = new Client(`localhost:${String(system.ports.user)}`, channelCredentials(certificate, 'user', TRUST_DOMAIN));
    const { path, requestSerialize, responseDeserialize } = methodDefinition(UserService.method.getUser);
    await new Promise<void>((resolve, reject) => {
      const done = (error: ServiceError | null) => (error ? reject(fromServiceError(error, 'user')) : resolve());
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { id },
        new Metadata(),
        { deadline: Date.now() + PATIENCE_MS },
        done,
      );
    }).finally(() => {
      client.close();
      certificate.close();
    });
  }

  it('is refused within five seconds, also with a stolen copy of its certificate, and accepted with a new one', async () => {
    const ada = await Person.join(system, 'Ada');
    const id = await ada.write('Before');
    const copy = join(system.dataDir, 'stolen');
    await cp(join(system.pki.dir, 'post'), copy, { recursive: true });
    await getUser(ada.id, copy, 'post');

    const began = Date.now();
    await system.pki.revoke('post');
    await eventually(async () => {
      await expect(getUser(ada.id, copy, 'post')).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED', { caller: '' }));
      await expect(ada.write('Meanwhile')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
    expect(Date.now() - began).toBeLessThan(PATIENCE * 5_000);
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'down', services: { post: 'down', user: 'up' } });
    });

    await system.pki.renew('post');
    await eventually(() => ada.write('After'));
    await eventually(() => ada.comment(id, 'On my own post, which comment asks post about'));
    await expect(getUser(ada.id, copy, 'post')).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'up' });
    });
  });
});

describe('a fault in the certificates', () => {
  it.each(['gateway', 'user'] as const)('of %s makes it degraded, but still ready', async (service) => {
    const file = join(system.pki.dir, service, 'tls.key');
    const key = await readFile(file);
    await writeFile(file, 'half a k');
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'degraded', services: { [service]: 'degraded', post: 'up' } });
    });
    await Person.join(system, 'Grace');
    await writeFile(file, key);
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'up' });
    });
  });
});

it('reports a service with a dead letter as degraded', async () => {
  const database = system.databaseUrl('comment');
  const [letter] = await query<{ id: string }>(
    database,
    "INSERT INTO pgboss.job (name, source_name, data) VALUES ('dead_letter', 'reputation', '{}') RETURNING id",
  );
  await eventually(async () => {
    expect(await readiness()).toMatchObject({ status: 'degraded', services: { comment: 'degraded', post: 'up' } });
  });
  await query(database, 'DELETE FROM pgboss.job WHERE id = $1', [letter?.id]);
  await eventually(async () => {
    expect(await readiness()).toMatchObject({ status: 'up' });
  });
});
