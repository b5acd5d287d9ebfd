import { openAuthority } from '@reputable/pki';
import type { Authority } from '@reputable/pki';
import type { Log } from './log.ts';
import { SERVICES, TRUST_DOMAIN } from './services.ts';

const RENEWAL_CHECK = 10 * 60_000;

/** Makes sure that every service has a certificate in the first half of its life, now and until renewal is stopped. */
export async function issueCertificates(dir: string, log: Log): Promise<{ pki: Authority; stopRenewal: () => Promise<void> }> {
  const pki = await openAuthority(dir, { trustDomain: TRUST_DOMAIN });
  await Promise.all(SERVICES.map((name) => pki.ensure(name)));
  const timer = setInterval(() => void renew(pki, log), RENEWAL_CHECK);
  timer.unref();
  return {
    pki,
    stopRenewal: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

async function renew(pki: Authority, log: Log): Promise<void> {
  for (const name of SERVICES) {
    try {
      if ((await pki.ensure(name)).renewed) log('launcher', `Renewed the certificate of ${name}.`);
    } catch (error) {
      log('launcher', `The certificate of ${name} is not renewed: ${(error as Error).message}`);
    }
  }
}
