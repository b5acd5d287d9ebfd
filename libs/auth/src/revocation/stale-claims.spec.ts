import { describe, expect, it } from '@jest/globals';
import { StaleClaims } from './stale-claims.ts';

describe("a user's claims", () => {
  it("are stale if requested before that user's last change", () => {
    const claims = new StaleClaims();
    expect(claims.isStale('ada', 0)).toBe(false);
    claims.changed(['ada', 'bob'], 100);
    claims.changed(['ada'], 200);
    expect([99, 100, 101, 200, 201].map((requestedAt) => claims.isStale('ada', requestedAt))).toEqual([true, true, true, true, false]);
    expect([100, 101].map((requestedAt) => claims.isStale('bob', requestedAt))).toEqual([true, false]);
    expect(claims.isStale('eve', 0)).toBe(false);
  });

  it('are stale if requested before changes may have been missed', () => {
    const claims = new StaleClaims();
    claims.changed(['ada'], 100);
    claims.missed(200);
    expect(['ada', 'eve'].map((id) => claims.isStale(id, 200))).toEqual([true, true]);
    expect(['ada', 'eve'].map((id) => claims.isStale(id, 201))).toEqual([false, false]);
  });
});

it('forgets changes older than any token', () => {
  const claims = new StaleClaims();
  claims.changed(['ada', 'bob'], 0);
  claims.changed(['eve'], 300_000);
  expect(claims.size).toBe(3);
  claims.changed(['bob'], 300_001);
  expect(claims.size).toBe(2);
  expect(claims.isStale('bob', 300_000)).toBe(true);
});
