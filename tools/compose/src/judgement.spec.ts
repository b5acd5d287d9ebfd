import { describe, expect, it } from '@jest/globals';
import { run } from './compose.ts';
import { publishedWrongly, rootsAmong, wrongAnswers } from './isolation.ts';
import { bytesIn, Load, shares } from './scaling.ts';
import { hiddenIn } from './secrets.ts';

describe('a command', () => {
  it('that is not installed is told of in a line', async () => {
    await expect(run('no-such-command-at-all', [])).rejects.toThrow('cannot run no-such-command-at-all: it is not installed.');
  });

  it('that fails is told of with what it said', async () => {
    await expect(run(process.execPath, ['-e', 'console.error("oh"); process.exit(3)'])).rejects.toThrow(/failed:\noh/);
  });
});

describe('a finding', () => {
  it('is a process of root, or a container of which nothing is known', () => {
    expect(rootsAmong('post', ['1000', '999'])).toEqual([]);
    expect(rootsAmong('post', ['1000', '0'])).toEqual(['post: user 0']);
    expect(rootsAmong('post', ['root'])).toEqual(['post: user root']);
    expect(rootsAmong('post', [])).toEqual(['post: no process']);
  });

  it('is a port that is published and should not be', () => {
    const container = (service: string, Ports: Record<string, { HostPort: string }[] | null>) => ({
      Config: { User: 'node', Env: [], Labels: { 'com.docker.compose.service': service } },
      NetworkSettings: { Ports },
    });
    expect(publishedWrongly(container('gateway', { '3000/tcp': [{ HostPort: '3000' }] }))).toEqual([]);
    expect(publishedWrongly(container('post', { '50053/tcp': null }))).toEqual([]);
    expect(publishedWrongly(container('post', { '50053/tcp': [{ HostPort: '50053' }] }))).toEqual(['post: 50053/tcp']);
  });

  it('is a role that gets into a database of another, or not into its own', () => {
    expect(wrongAnswers('post', { post: 'allowed', user: '42501' })).toEqual([]);
    expect(wrongAnswers('post', { post: '28P01', user: 'allowed' })).toEqual(['post at post: 28P01', 'post at user: allowed']);
  });

  it('is a read that failed', async () => {
    const failures = [Promise.reject(new Error('refused'))];
    const load = new Load(() => failures.pop() ?? Promise.resolve());
    await load.stop();
    expect(load.reads).toBeGreaterThan(1);
    expect(load.failures).toEqual([expect.stringContaining('refused')]);
  });
});

describe('what is looked for', () => {
  it('is a secret, the password in a URL, and each line of a key', () => {
    expect(hiddenIn('c2VjcmV0')).toEqual(['c2VjcmV0']);
    expect(hiddenIn('postgres://post:p%2Fw@postgres:5432/post')).toEqual(['postgres://post:p%2Fw@postgres:5432/post', 'p/w']);
    expect(hiddenIn('-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----\n')).toEqual(['abc', 'def']);
  });

  it('is what came in by the network, and how it is shared', () => {
    expect(bytesIn('Inter-| Receive\n face |bytes\n    lo:  50 1\n  eth0: 1000  2\n  eth1:24 1\n')).toBe(1024);
    expect(shares([1, 1, 2])).toEqual([0.25, 0.25, 0.5]);
    expect(shares([0, 0])).toEqual([0, 0]);
  });
});
