import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { SERVICES } from '@reputable/contracts/registry';
import { INSTALLATION_TIMEOUT, onDemand } from '@reputable/on-demand';
import { readFiles } from './image.ts';
import { placedCalls } from './placed-calls.fixture.ts';
import { type Rpc, rpcsOf } from './rpc.ts';

const root = resolve(import.meta.dirname, '../../..');
const placed = new Map(SERVICES.map((service) => [service, placedCalls(root, service)]));

/** The rpcs that no service calls. People call them with `npm run call`, which shows the certificate of the gateway. */
const OF_PEOPLE = ['reputable.post.v1.PostService/BatchGetPosts', 'reputable.user.v1.UserService/ListUsers'];

let rpcs: readonly Rpc[];
beforeAll(() => {
  onDemand('buf');
  rpcs = rpcsOf(readFiles(root));
}, INSTALLATION_TIMEOUT);

const nameOf = ({ service, name }: Rpc) => `${service}/${name}`;

const isCalled = ({ method: { parent, localName } }: Rpc, service: (typeof SERVICES)[number]) =>
  placed.get(service)?.has(`${parent.name}/${localName}`);

/** The services among the callers of an rpc that never call it. One line each. */
const unusedCallers = (rpc: Rpc): string[] =>
  SERVICES.filter((service) => rpc.rule.callers.includes(service) && !isCalled(rpc, service)).map(
    (service) => `${nameOf(rpc)} lists ${service} among its callers, but ${service} never calls it. Remove it there.`,
  );

describe('the callers of an rpc', () => {
  it('call it', () => {
    expect(rpcs.filter((rpc) => !OF_PEOPLE.includes(nameOf(rpc))).flatMap(unusedCallers)).toEqual([]);
  });

  it('are the gateway alone if only people call it', () => {
    const ofPeople = rpcs.filter((rpc) => OF_PEOPLE.includes(nameOf(rpc)));
    expect(ofPeople.map(({ rule }) => rule.callers)).toEqual(OF_PEOPLE.map(() => ['gateway']));
    expect(ofPeople.flatMap(unusedCallers)).toHaveLength(OF_PEOPLE.length);
  });

  it('are named, with the rpc, if they never call it', () => {
    const listPosts = rpcs.filter(({ name }) => name === 'ListPosts');
    expect(listPosts.map((rpc) => ({ ...rpc, rule: { ...rpc.rule, callers: ['gateway', 'comment'] } })).flatMap(unusedCallers)).toEqual([
      'reputable.post.v1.PostService/ListPosts lists comment among its callers, but comment never calls it. Remove it there.',
    ]);
  });
});
