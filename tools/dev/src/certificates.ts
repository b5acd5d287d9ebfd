import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { openAuthority } from '@reputable/pki';
import type { Authority } from '@reputable/pki';
import type { Log } from './log.ts';

const RENEWAL_CHECK = 10 * 60_000;
/** How long after a roll the old root is trusted: as long as a certificate of it can live. */
const OLD_ROOT_KEPT = 24 * 3_600_000;

/** Makes sure that every service has a certificate in the first half of its life, now and until renewal is stopped. */
export async function issueCertificates(dir: string, log: Log): Promise<{ pki: Authority; stopRenewal: () => Promise<void> }> {
  const pki = await openAuthority(dir, { trustDomain: TRUST_DOMAIN });
  for (const leaf of await Promise.all(SERVICES.map((name) => pki.ensure(name)))) {
    if (!(await pki.isRevoked(leaf))) continue;
    log('launcher', `The certificate of ${leaf.service} is revoked. npm run pki -- renew ${leaf.service} gives it a new one.`);
  }
  const timer = setInterval(() => void renewCertificates(pki, log), RENEWAL_CHECK);
  timer.unref();
  return {
    pki,
    stopRenewal: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

/** Renews what is past half of its life, and ends a roll that is a day old. Failures are told, one line for all that share a reason. */
export async function renewCertificates(pki: Authority, log: Log): Promise<void> {
  const failures = new Map<string, string[]>();
  const attempt = async (what: string, done: string, work: () => Promise<boolean>) => {
    try {
      if (await work()) log('launcher', done);
    } catch (error) {
      const { message } = error as Error;
      failures.set(message, [...(failures.get(message) ?? []), what]);
    }
  };
  for (const name of SERVICES) {
    await attempt(`the certificate of ${name}`, `Renewed the certificate of ${name}.`, async () => (await pki.ensure(name)).renewed);
  }
  await attempt('the root', 'The old root is no longer trusted.', () => pki.finishRoll({ after: OLD_ROOT_KEPT }));
  for (const [message, what] of failures) log('launcher', `Not renewed: ${new Intl.ListFormat('en').format(what)}. ${message}`);
}
