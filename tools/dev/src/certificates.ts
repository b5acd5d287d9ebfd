import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { type Authority, openAuthority } from '@reputable/pki';
import type { Log } from './log.ts';

const RENEWAL_CHECK_MS = 10 * 60_000;
/** How long the old root stays trusted after a roll, in milliseconds: no certificate under it lives longer. */
const OLD_ROOT_MS = 24 * 3_600_000;

/** Issues a certificate for each service, and renews it in the second half of its life until `stopRenewal`. */
export async function issueCertificates(dir: string, log: Log): Promise<{ pki: Authority; stopRenewal: () => Promise<void> }> {
  const pki = await openAuthority(dir, { trustDomain: TRUST_DOMAIN });
  for (const leaf of await Promise.all(SERVICES.map((name) => pki.ensure(name)))) {
    if (!(await pki.isRevoked(leaf))) continue;
    log('launcher', `The certificate of ${leaf.service} is revoked. Issue a new one with npm run pki -- renew ${leaf.service}.`);
  }
  const timer = setInterval(() => void renewCertificates(pki, log), RENEWAL_CHECK_MS).unref();
  const stopRenewal = () => {
    clearInterval(timer);
    return Promise.resolve();
  };
  return { pki, stopRenewal };
}

/** Renews certificates in the second half of their lives, and ends a roll that is a day old. Logs failures, one line for each reason. */
export async function renewCertificates(pki: Authority, log: Log): Promise<void> {
  const renewals = SERVICES.map((name) => ({
    what: `the certificate of ${name}`,
    done: `Renewed the certificate of ${name}.`,
    work: async () => (await pki.ensure(name)).renewed,
  }));
  const roll = { what: 'the root', done: 'The old root is no longer trusted.', work: () => pki.finishRoll({ after: OLD_ROOT_MS }) };
  const failures: { readonly what: string; readonly reason: string }[] = [];
  for (const { what, done, work } of [...renewals, roll]) {
    try {
      if (await work()) log('launcher', done);
    } catch (error) {
      failures.push({ what, reason: (error as Error).message });
    }
  }
  for (const [reason, alike] of Map.groupBy(failures, (failure) => failure.reason)) {
    log('launcher', `Not renewed: ${new Intl.ListFormat('en').format(alike.map(({ what }) => what))}. ${reason}`);
  }
}
