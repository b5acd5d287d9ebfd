import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Mailbox, REJECTED_DOMAIN } from '@reputable/mailbox';
import { eventually, freePort, query } from '@reputable/testing';
import { createHash } from 'node:crypto';
import { aPerson, type AuthWorld, startOtherAuth } from '../auth.fixture.ts';

let smtpPort: number;
let running: AuthWorld;

beforeAll(async () => {
  smtpPort = await freePort();
  running = await startOtherAuth({ SMTP_URL: `smtp://localhost:${String(smtpPort)}` });
});
afterAll(() => running.auth.stop());

/** A person with an account, who has requested a link. */
async function requested(email?: string): Promise<string> {
  const person = { ...aPerson(), ...(email !== undefined && { email }) };
  const auth = await running.authAs();
  await running.create(person);
  await auth.requestPasswordReset({ email: person.email, address: person.address });
  return person.email;
}

const openJobs = () =>
  query<{ state: string }>(running.auth.databaseUrl, "SELECT state FROM pgboss.job WHERE name = 'link' AND state <> 'completed'");

/** Every row of every table of the database, as text. */
async function everything(): Promise<string> {
  const { databaseUrl } = running.auth;
  const tables = await query<{ name: string }>(
    databaseUrl,
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'pgboss')",
  );
  const texts = tables.map(async ({ name }) =>
    (await query(databaseUrl, `SELECT whole::text FROM ${name} whole`)).map((row) => JSON.stringify(row)),
  );
  return (await Promise.all(texts)).flat().join('\n');
}

describe('the outbox of links', () => {
  it('keeps a mail while the SMTP server is down, and sends it afterwards', async () => {
    const email = await requested();
    await eventually(() => {
      expect(running.auth.log()).toMatch(/"delivery failed".*"queue":"link".*"the SMTP server cannot send mail: E/);
    });
    const mailbox = await Mailbox.start({ smtpPort });
    try {
      await eventually(() => {
        expect(mailbox.mailsTo(email)).toHaveLength(1);
      }, 20_000);
    } finally {
      await mailbox.stop();
    }
    expect(running.auth.log()).not.toContain(email);
  });

  it('keeps a registration while the SMTP server is down; its link is valid from the mail on, and nowhere at rest (A20)', async () => {
    const person = aPerson();
    const auth = await running.authAs();
    await auth.register(person);
    const mailbox = await Mailbox.start({ smtpPort });
    try {
      await eventually(() => {
        expect(mailbox.mailsTo(person.email)).toHaveLength(1);
      }, 20_000);
      const token = /confirm-registration\/([\w-]{43})/.exec(mailbox.mailsTo(person.email)[0]?.text ?? '')?.[1] ?? '';
      await eventually(async () => {
        const ends = 'SELECT extract(epoch FROM expires_at - now())::int AS seconds FROM registration WHERE email = $1';
        const [row] = await query<{ seconds: number }>(running.auth.databaseUrl, ends, [person.email]);
        expect(row?.seconds).toBeLessThanOrEqual(15 * 60);
      });
      const all = await everything();
      expect(all).toContain(createHash('sha256').update(token).digest('hex'));
      for (const secret of [token, person.password]) expect(all).not.toContain(secret);
      const { password, device, address } = person;
      await auth.confirmRegistration({ token, password, device, address });
      expect(running.auth.log()).not.toContain(person.email);
    } finally {
      await mailbox.stop();
    }
  });

  it('sends no link to a new address that was requested before a change of the password', async () => {
    const [person, other] = [aPerson(), aPerson()];
    const auth = await running.authAs();
    const { tokens } = await running.join(person);
    const user = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
    const { password: currentPassword, address } = person;
    await user.requestEmailChange({ newEmail: other.email, currentPassword, address });
    await user.changePassword({ currentPassword, newPassword: 'another horse battery', address });
    const mailbox = await Mailbox.start({ smtpPort });
    try {
      await auth.requestPasswordReset({ email: person.email, address });
      await eventually(async () => {
        expect(mailbox.mailsTo(person.email)).toHaveLength(1);
        expect(await openJobs()).toEqual([]);
      }, 20_000);
      expect(mailbox.mailsTo(other.email)).toEqual([]);
    } finally {
      await mailbox.stop();
    }
  });

  it('gives a rejected mail up after three tries, with one line for the operator without the address', async () => {
    const mailbox = await Mailbox.start({ smtpPort });
    try {
      const email = await requested(`somebody@${REJECTED_DOMAIN}`);
      await eventually(() => {
        expect(running.auth.log()).toMatch(
          /"msg":"mail given up","purpose":"reset_password","request":"[0-9a-f-]{36}","status":550,"rejections":3/,
        );
      }, 20_000);
      expect(running.auth.log().match(/mail given up/g)).toHaveLength(1);
      expect(running.auth.log()).not.toContain(email);
      await eventually(async () => {
        expect(await openJobs()).toEqual([]);
      });
    } finally {
      await mailbox.stop();
    }
  });

  it('has no token at rest, neither before nor after sending (A20)', async () => {
    const mailbox = await Mailbox.start({ smtpPort });
    try {
      const email = await requested();
      await eventually(() => {
        expect(mailbox.mailsTo(email)).toHaveLength(1);
      }, 20_000);
      const token = /reset-password\/([\w-]{43})/.exec(mailbox.mailsTo(email)[0]?.text ?? '')?.[1] ?? '';
      expect(token).toHaveLength(43);
      const all = await everything();
      expect(all).toContain(createHash('sha256').update(token).digest('hex'));
      for (const form of [token, Buffer.from(token, 'base64url').toString('hex'), Buffer.from(token).toString('hex')]) {
        expect(all).not.toContain(form);
      }
      expect(running.auth.log()).not.toContain(token);
    } finally {
      await mailbox.stop();
    }
  });
});
