import { describe, expect, it } from '@jest/globals';
import { CliError } from '@reputable/cli';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logInDemoUser } from './demo-user.ts';
import { placeCall } from './place-call.ts';
import { findRpc } from './rpc.ts';

const nowhere = { ports: {} as never, pki: { dir: '/nowhere' } };

describe('npm run call', () => {
  it('finds an rpc in any case, of any contract of its service', async () => {
    expect((await findRpc('post', 'listposts')).rpc.name).toBe('ListPosts');
    expect((await findRpc('auth', 'GetBrowserSession')).rpc.parent.name).toBe('BrowserSessionService');
  });

  it.each([
    ['pots', 'GetPost', 'Unknown service: pots. Use one of auth, user, post, comment.'],
    ['post', 'Foo', 'post has no rpc Foo. Use one of GetPost, BatchGetPosts, ListPosts, CreatePost, UpdatePost, DeletePost, UpvotePost,'],
    ['auth', 'WatchRevocations', 'WatchRevocations is a stream. This command calls unary rpcs.'],
  ])('names what is right instead of %s %s', async (service, rpc, message) => {
    await expect(findRpc(service, rpc)).rejects.toThrow(message);
  });

  it.each([
    ['{"size": 1}', 'The request is not a ListPostsRequest: '],
    ['{', 'Its fields: pageSize, pageToken, authorId, readMask.'],
  ])('refuses the request %s', async (json, message) => {
    const call = { ...(await findRpc('post', 'ListPosts')), json, from: undefined, token: undefined };
    await expect(placeCall(nowhere, call)).rejects.toThrow(message);
  });

  it('refuses unknown services and accounts, and a system that was never started', async () => {
    const call = { ...(await findRpc('post', 'ListPosts')), json: '', from: 'nobody', token: undefined };
    await expect(placeCall(nowhere, call)).rejects.toThrow('Unknown service: nobody. Use one of gateway, auth, user, post, comment.');
    const certificate = placeCall(nowhere, { ...call, from: undefined });
    await expect(certificate).rejects.toThrow('/nowhere/gateway/tls.crt cannot be read (ENOENT). Run npm start.');
    await expect(certificate).rejects.toBeInstanceOf(CliError);
    const account = /^Unknown account: nobody\. Use one of admin, .*newcomer\.$/;
    await expect(logInDemoUser(nowhere, '/nowhere', 'nobody', 'post')).rejects.toThrow(account);
    const folder = await mkdtemp(join(tmpdir(), 'call-spec-'));
    await expect(logInDemoUser(nowhere, folder, 'member', 'post')).rejects.toThrow('There are no demo accounts in');
    await rm(folder, { recursive: true });
  });
});
