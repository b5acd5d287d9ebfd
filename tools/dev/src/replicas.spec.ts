import { describe, expect, it } from '@jest/globals';
import { replicaCounts } from './replicas.ts';

describe('the option --replicas', () => {
  it('has a number for each service', () => {
    expect(replicaCounts('post=3,gateway=2')).toEqual({ post: 3, gateway: 2 });
    expect(replicaCounts(undefined)).toEqual({});
  });

  it.each([
    ['', '--replicas: "" is not a service. The services are gateway, '],
    ['post=2,mail=2', '--replicas: "mail" is not a service. The services are gateway, '],
    ['post', '--replicas: the number of post must be 1 to 9, as in post=2: "post".'],
    ['post=0', '--replicas: the number of post must be 1 to 9, as in post=2: "post=0".'],
    ['post=10', '--replicas: the number of post must be 1 to 9, as in post=2: "post=10".'],
    ['post=two', '--replicas: the number of post must be 1 to 9, as in post=2: "post=two".'],
    ['post=2=2', '--replicas: the number of post must be 1 to 9, as in post=2: "post=2=2".'],
    ['post=2,post=3', '--replicas names post twice.'],
  ])('refuses %j', (text, message) => {
    expect(() => replicaCounts(text)).toThrow(message);
  });
});
