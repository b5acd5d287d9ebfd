import { beforeAll, describe, expect, it } from '@jest/globals';
import { denied } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { aPerson, type AuthWorld, compiledCommand, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
beforeAll(async () => {
  running = await sharedAuthWorld();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function tokens(...args: string[]): Promise<Outcome> {
  const env = {
    DATABASE_URL: running.auth.databaseUrl,
    KEY_ENCRYPTION_KEY: running.auth.settings['KEY_ENCRYPTION_KEY'] ?? '',
    REPUTABLE_DATA: running.world.folder,
  };
  return promisify(execFile)(process.execPath, [...compiledCommand('tokens'), ...args], { env })
    .then((output) => ({ code: 0, ...output }))
    .catch((error: unknown) => error as Outcome);
}

describe('npm run tokens', () => {
  it('creates, lists and revokes a token of a user', async () => {
    const person = aPerson();
    await running.join(person);
    const user = ['--email', person.email];
    const created = await tokens('create', ...user, '--name', 'Backup', '--scope', 'posts:read votes:write', '--days', '7');
    const [, id = '', token = ''] = /^id {7}(\S+)\nexpires {2}\S+\ntoken {4}(rpt_pat_[0-9a-f]{72})\n$/.exec(created.stdout) ?? [];
    expect(decodeJwt(await running.exchange(token))).toMatchObject({ sid: id, scope: 'posts:read votes:write' });
    expect((await tokens('list', ...user)).stdout).toMatch(new RegExp(`^${id}  \\S+  Backup  \\[posts:read votes:write\\]\n$`));
    expect(await tokens('revoke', id, ...user)).toMatchObject({ code: 0, stdout: `Revoked token ${id}.\n` });
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    expect((await tokens('list', ...user)).stdout).toBe('The user has no valid tokens.\n');
  });

  it.each([
    ['no user', ['list'], 2, 'Missing user. Give --email.'],
    ['an unknown user', ['list', '--email', 'nobody@example.com'], 1, 'No user has the e-mail address nobody@example.com.'],
    ['an unknown command', ['make', '--email', 'a@example.com'], 2, 'Unknown command: make'],
  ])('with %s says so', async (_what, args, code, says) => {
    const outcome = await tokens(...args);
    expect(outcome).toMatchObject({ code });
    expect(outcome.stderr.split('\n')[0]).toContain(says);
  });

  it('with a wrong value says what would be right', async () => {
    const person = aPerson();
    await running.join(person);
    const { stderr } = await tokens('create', '--email', person.email, '--name', 'Backup', '--scope', 'account', '--days', '0.5');
    expect(stderr).toContain('Must be among posts:read');
  });
});
