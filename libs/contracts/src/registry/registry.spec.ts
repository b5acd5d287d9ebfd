import { describe, expect, it } from '@jest/globals';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { registryFaults } from './faults.ts';
import { entryOf, peersOf, registry, SERVICES } from './registry.ts';
import type { Service } from './services.ts';
import { startOrder } from './start-order.ts';

const root = resolve(import.meta.dirname, '../../../..');
const FILE = 'libs/contracts/src/registry/services.ts';
const service = (name: string, more: Partial<Service> = {}): Service => ({
  name,
  database: true,
  calls: [],
  informs: [],
  secrets: [],
  ...more,
});

describe('the registry of this workspace', () => {
  it('is sound', () => {
    expect(registryFaults(registry)).toEqual([]);
  });

  it('has an entry for each app', () => {
    const apps = globSync('apps/*/package.json', { cwd: root }).map((file) => file.split('/')[1]);
    expect([...SERVICES].sort()).toEqual(apps.sort());
  });
});

describe('a registry', () => {
  it.each<[string, readonly Service[], string]>([
    [
      'calls a service that does not exist',
      [service('post', { calls: ['usr'] }), service('user')],
      'post calls usr, which is not a service. The services are post, user.',
    ],
    [
      'informs a service that does not exist',
      [service('post', { informs: ['coment'] }), service('comment')],
      'post informs coment, which is not a service. The services are post, comment.',
    ],
    [
      'has one port twice',
      [service('post', { grpc: 50053 }), service('comment', { grpc: 50053 })],
      'port 50053 is listed twice, for post and comment. Change one of them.',
    ],
    [
      'has one port for HTTP and gRPC',
      [service('auth', { http: 3001, grpc: 3001 })],
      'port 3001 is listed twice, for auth and auth. Change one of them.',
    ],
    ['has a name twice', [service('post'), service('post')], 'two services are named post. Rename one of them.'],
    [
      'has a circle of calls',
      [service('gateway', { calls: ['a'] }), service('a', { calls: ['b', 'c'] }), service('b'), service('c', { calls: ['a'] })],
      'services call each other in a cycle: a → c → a. Remove one of these calls.',
    ],
    [
      'has a service that calls itself',
      [service('a', { calls: ['a'] })],
      'services call each other in a cycle: a → a. Remove one of these calls.',
    ],
  ])('that %s is refused in one line', (_, services, fault) => {
    expect(registryFaults(services)).toEqual([`${FILE}: ${fault}`]);
  });

  it('with several faults is refused with a line for each', () => {
    const services = [service('post', { grpc: 1, calls: ['usr'] }), service('post', { grpc: 1 })];
    expect(registryFaults(services)).toHaveLength(3);
  });
});

describe('the start order', () => {
  it('puts every service behind those that it calls', () => {
    const services = [
      service('gateway', { calls: ['auth', 'user', 'post'] }),
      service('auth', { calls: ['user'] }),
      service('user'),
      service('post', { calls: ['user'] }),
      service('comment', { calls: ['post', 'user'] }),
    ];
    expect(startOrder(services)).toEqual([['user'], ['auth', 'post'], ['gateway', 'comment']]);
  });

  it('does not depend on events: a service may inform one that calls it', () => {
    expect(startOrder([service('comment', { calls: ['post'] }), service('post', { informs: ['comment'] })])).toEqual([
      ['post'],
      ['comment'],
    ]);
  });

  it('of this workspace has every service', () => {
    expect(startOrder(registry).flat().sort()).toEqual([...SERVICES].sort());
  });
});

describe('the peers of a service', () => {
  it('are auth, the services that it calls and those that it informs', () => {
    const peers = (name: string) => peersOf(entryOf(name));
    expect([peers('user'), peers('post'), peers('comment')]).toEqual([['auth'], ['auth', 'user', 'comment'], ['auth', 'post', 'user']]);
    expect(peers('auth')).not.toContain('auth');
    expect(peers('gateway').filter((name) => name === 'auth')).toHaveLength(1);
  });
});

describe('a service that does not exist', () => {
  it('is refused with the names of those that do', () => {
    expect(() => entryOf('usr')).toThrow(`"usr" is not a service. The services are ${SERVICES.join(', ')}.`);
  });
});
