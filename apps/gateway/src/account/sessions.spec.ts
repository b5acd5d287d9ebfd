import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/sessions';

let running: AccountWorld;
let ada: Member;
let elsewhere: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
  ada = await running.member();
  elsewhere = await running.again(ada);
});

const sessionsOf = async ({ auth }: Member) => (await auth.listSessions({})).sessions;
const currentOf = async (member: Member) => (await sessionsOf(member)).find(({ current }) => current)?.id ?? '';
const isOver = async ({ browser }: Member) => (await browser.open(PATH)).status === 303;

describe('the list of sessions', () => {
  it('shows what each one is, its device and its last use, and ends all but this one', async () => {
    const { text } = await ada.browser.open(PATH);
    expect(text.match(/<li>/g)).toHaveLength(3);
    expect(text.match(/Firefox/g)).toHaveLength(2);
    expect(text.match(/This browser\./g)).toHaveLength(1);
    expect(text).toMatch(/last used <time datetime="\d{4}-\d\d-\d\dT[\d:.]+Z">\d+ \w+ \d{4}, \d\d:\d\d UTC<\/time>\./);
    expect(text.match(/value="[\w-]{36}"/g)).toHaveLength(2);
    expect(text).not.toContain(`value="${await currentOf(ada)}"`);
  });

  it('has pages', async () => {
    const many = await running.member();
    for (let more = 0; more < 20; more += 1) await running.again(many);
    const { text } = await many.browser.open(PATH);
    const [, next = ''] = /<a href="([^"]+)" rel="next">Older ones<\/a>/.exec(text) ?? [];
    const last = await many.browser.open(next);
    expect(last.text.match(/<li>/g)).toHaveLength(2);
    expect(last.text).not.toContain('rel="next"');
    const refused = await many.browser.open(`${PATH}?after=nonsense`);
    expect(refused).toMatchObject({ status: 400, title: 'This did not work' });
    expect(refused.text).toContain('<p>after: Must be empty, or as the page before has it for the next page.</p>');
    const twice = await many.browser.open(`${PATH}?after=a&after=b`);
    expect(twice).toMatchObject({ status: 400, title: 'This did not work' });
    expect(twice.text).toContain('<p>The address of the page has `after` more than once. Open the list again.</p>');
  });
});

describe('a session', () => {
  it('ends, and the page says so once', async () => {
    const lost = await running.again(ada);
    const ended = await ada.browser.submit(`${PATH}/end`, { id: await currentOf(lost) });
    expect(ended.status).toBe(200);
    expect(ended.text).toContain('role="status">The session has ended.</p>');
    expect(await isOver(lost)).toBe(true);
    expect((await ada.browser.open(PATH)).text).not.toContain('The session has ended.');
  });

  it.each<[string, () => Promise<string> | string]>([
    ['of another user', async () => currentOf(await running.member())],
    ['that does not exist', () => randomUUID()],
  ])('%s does not end: the page says why', async (_what, idOf) => {
    const id = await idOf();
    const { status, title, text } = await ada.browser.submit(`${PATH}/end`, { id });
    expect([status, title]).toEqual([404, 'Error: Sessions']);
    expect(text).toContain(`role="alert" id="problem"><p>You have no such session. It may have ended before.</p>`);
    expect(text).toContain('This browser.');
  });

  it('of another user goes on', async () => {
    const victim = await running.member();
    await ada.browser.submit(`${PATH}/end`, { id: await currentOf(victim) });
    expect(await isOver(victim)).toBe(false);
  });

  it('with an id that is none is refused', async () => {
    const { status, text } = await ada.browser.submit(`${PATH}/end`, { id: '<b>' });
    expect(status).toBe(400);
    expect(text).not.toContain('<b>');
  });
});

describe('all other sessions', () => {
  it('end, and this one goes on', async () => {
    const { text } = await ada.browser.submit(`${PATH}/end-others`);
    expect(text).toContain('All other sessions have ended: 2.');
    expect(text.match(/<li>/g)).toHaveLength(1);
    expect(await isOver(elsewhere)).toBe(true);
  });

  it('do not end for a page of another site, or without a session (A18)', async () => {
    const other = await running.again(ada);
    await ada.browser.submit(`${PATH}/end-others`, {}, { origin: 'http://localhost:8080' });
    await running.browser().submit(`${PATH}/end-others`);
    expect(await isOver(other)).toBe(false);
  });
});

describe('a notice', () => {
  it('is not shown in another session, or if it was made up', async () => {
    const lost = await running.again(ada);
    const response = await ada.browser.send(`${PATH}/end`, {
      method: 'POST',
      body: new URLSearchParams({ id: await currentOf(lost) }),
      headers: { origin: 'http://localhost:3000' },
    });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-notice=[\w.-]+; Max-Age=60; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    const notice = ada.browser.cookies.get('__Host-notice') ?? '';
    const another = await running.again(ada);
    for (const planted of [notice, 'The session has ended.']) {
      another.browser.cookies.set('__Host-notice', planted);
      const { status, text } = await another.browser.open(PATH);
      expect(status).toBe(200);
      expect(text).not.toContain('role="status"');
      expect(another.browser.cookies.has('__Host-notice')).toBe(false);
    }
    expect((await ada.browser.open(PATH)).text).toContain('The session has ended.');
  });
});
