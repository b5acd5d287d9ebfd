import { beforeAll, describe, expect, it } from '@jest/globals';
import { query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/log-ins';

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
  ada = await running.member();
});

/** A linked log-in of the member. Returns its id. */
async function link({ id: accountId }: Member, issuer = 'https://a.example'): Promise<string> {
  const id = randomUUID();
  const row = 'INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, $3, gen_random_uuid()::text, $4)';
  await query(running.auth.databaseUrl, row, [id, accountId, issuer, 'ada@a.example']);
  return id;
}

const labelsOf = async ({ auth }: Member) => (await auth.listLinkedLogIns({})).linkedLogIns.map(({ label }) => label);

describe('the linked log-ins', () => {
  it('are shown with the address that the provider stated, and the providers that can be linked', async () => {
    const { browser } = ada;
    const empty = await browser.open(PATH);
    expect(empty.text).toContain('None is linked.');
    expect(empty.text).toMatch(/<a class="button" href="http:\/\/localhost:\d+\/[\w/-]+">Link Acme &lt;ID&gt;<\/a>/);
    await link(ada);
    const { text } = await browser.open(PATH);
    expect(text).toMatch(
      /https:\/\/a\.example<\/h2> <p class="quiet">ada@a\.example<\/p> <p>Linked <time [^>]+>[^<]+<\/time>, not used since\./,
    );
    await link(ada, 'https://acme.example');
    expect((await browser.open(PATH)).text).not.toContain('Link Acme');
  });

  it('are unlinked', async () => {
    const member = await running.member();
    const [id] = [await link(member), await link(member, 'https://b.example')];
    const { text } = await member.browser.submit(`${PATH}/unlink`, { id });
    expect(text).toContain('role="status">The log-in is unlinked.</p>');
    expect(await labelsOf(member)).toEqual(['https://b.example']);
  });

  it('keep the last way in: the page says what to do first', async () => {
    const member = await running.member();
    const id = await link(member);
    await query(running.auth.databaseUrl, 'UPDATE account SET password_hash = NULL WHERE id = $1', [member.id]);
    const { status, title, text } = await member.browser.submit(`${PATH}/unlink`, { id });
    expect([status, title]).toEqual([409, 'Error: Linked log-ins']);
    expect(text).toContain('<p>This is your only way to log in.');
    expect(await labelsOf(member)).toHaveLength(1);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['of another user', async () => link(await running.member())],
    ['that do not exist', () => randomUUID()],
  ])('%s are not unlinked: the page says why', async (_what, idOf) => {
    const { status, title, text } = await ada.browser.submit(`${PATH}/unlink`, { id: await idOf() });
    expect([status, title]).toEqual([404, 'Error: Linked log-ins']);
    expect(text).toContain('<p>You have no such linked log-in. You may have unlinked it before.</p>');
  });

  it('of another user stay linked, as for a page of another site (A18)', async () => {
    const other = await running.member();
    const id = await link(other);
    await ada.browser.submit(`${PATH}/unlink`, { id });
    await other.browser.submit(`${PATH}/unlink`, { id }, { origin: 'https://elsewhere.example' });
    expect(await labelsOf(other)).toHaveLength(1);
  });
});
