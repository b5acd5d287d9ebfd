import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Span, Trace } from '@reputable/collector';
import { viewOf } from './view.ts';

const vote = JSON.parse(readFileSync(join(import.meta.dirname, 'vote.fixture.json'), 'utf8')) as Trace;

const span = (spanId: string, more: Partial<Span>): Span => ({
  spanId,
  service: 'gateway',
  name: 'span',
  kind: 'internal',
  startUs: 0,
  durationUs: 1,
  status: 'unset',
  attributes: {},
  links: [],
  ...more,
});

const hops = (...spans: Span[]) =>
  viewOf({ traceId: '1', startedAt: '', droppedSpans: 0, spans }).hops.map(({ from, to, name, refused, reason }) => [
    from,
    to,
    name,
    refused,
    reason,
  ]);

describe('the view of a vote', () => {
  it('has a step for each request, with the credential, the peer, the rule and the checks', () => {
    const view = viewOf(vote);
    expect(view.hops.map(({ from, to, name }) => `${from} → ${to} ${name}`)).toEqual([
      'you → gateway POST /graphql',
      'gateway → auth ExchangeToken',
      'gateway → post UpvotePost',
      'post → user ApplyReputation',
    ]);
    expect(view.hops[0]?.facts).toContainEqual(['credential', 'opaque bearer token']);
    const upvote = view.hops[2];
    expect(Object.fromEntries(upvote?.facts ?? [])).toMatchObject({
      credential: 'JWT',
      'seconds left': '59',
      peer: 'spiffe://reputable.local/gateway',
    });
    expect(upvote?.rule?.source).toBe('signed_in: { min_reputation: 15 scopes: "votes:write" } callers: "gateway"');
    expect(upvote?.rule?.href).toMatch(/^\/playground\/source\/proto\/reputable\/post\/v1\/post\.proto#L\d+$/);
    expect(upvote?.checks.map(({ name, result, us }) => [name, result, us])).toEqual([
      ['peer', 'pass', 12],
      ['token', 'pass', 412],
      ['user', 'pass', 3],
      ['reputation', 'pass', 2],
      ['scope', 'pass', 2],
    ]);
    expect(upvote?.checks.every(({ line }) => line !== undefined)).toBe(true);
  });

  it('has a bar for each span, below its parent', () => {
    const bars = viewOf(vote).bars;
    expect(bars).toHaveLength(vote.spans.length);
    expect(bars.slice(0, 3).map(({ name, depth }) => [name, depth])).toEqual([
      ['POST /graphql', 0],
      ['authenticate', 1],
      ['ExchangeToken', 2],
    ]);
  });
});

describe('a step', () => {
  const refusal = { 'reputable.decision': 'refuse', 'reputable.reason': 'REPUTATION_TOO_LOW' };
  const rpc = 'reputable.post.v1.PostService/UpvotePost';

  it('is the gateway’s own if it refuses before it calls', () => {
    const request = span('1', { kind: 'server', name: 'POST /graphql' });
    const early = span('2', { parentId: '1', name: `refuse ${rpc}`, attributes: { ...refusal, 'rpc.method': rpc } });
    expect(hops(request, early)).toEqual([
      ['you', 'gateway', 'POST /graphql', false, undefined],
      ['gateway', 'gateway', 'UpvotePost, before the call', true, 'REPUTATION_TOO_LOW'],
    ]);
  });

  it('begins outside if its call has no parent, although it shows a certificate of the gateway', () => {
    const attributes = { ...refusal, 'reputable.peer': 'spiffe://reputable.local/gateway' };
    const direct = span('1', { parentId: 'elsewhere', service: 'post', kind: 'server', name: rpc, attributes });
    expect(hops(direct)).toEqual([['you', 'post', 'UpvotePost', true, 'REPUTATION_TOO_LOW']]);
  });

  it('is refused as a whole if the credential is', () => {
    const request = span('1', { kind: 'server', name: 'POST /graphql' });
    const attributes = { 'reputable.decision': 'refuse', 'reputable.reason': 'TOKEN_INVALID' };
    expect(hops(request, span('2', { parentId: '1', name: 'authenticate', attributes }))).toEqual([
      ['you', 'gateway', 'POST /graphql', true, 'TOKEN_INVALID'],
    ]);
  });

  it('ends at a service that does not answer', () => {
    const attributes = { 'reputable.service': 'comment', 'error.type': 'UNAVAILABLE' };
    expect(hops(span('1', { kind: 'client', name: 'reputable.comment.v1.CommentService/ListComments', attributes }))).toEqual([
      ['gateway', 'comment', 'ListComments', true, 'UNAVAILABLE'],
    ]);
  });
});
