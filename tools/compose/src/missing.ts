import type { Compose } from './compose.ts';
import type { Report } from './report.ts';

/** What each says when it runs before the steps have. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  auth: /^auth does not start: KEY_ENCRYPTION_KEY_FILE names \S+, which is not there\. Has what makes it run\?$/m,
  postgres: /^postgres does not start: \S+ is missing\. Run the secrets step first: docker-compose run --rm secrets$/m,
  migrate: /^\S+DATABASE_URL is missing\. Run the secrets step first: docker-compose run --rm secrets$/m,
};

/** Without the secrets step nothing starts, and each says in a line what is missing. It must not have run in this project. */
export async function checkWithoutSecrets(compose: Compose, report: Report): Promise<void> {
  const faults: string[] = [];
  for (const [service, expected] of Object.entries(EXPECTED)) {
    const { code, stdout, stderr } = await compose.compose(['run', '--rm', '--no-deps', '-T', service], { mayFail: true, timeout: 60_000 });
    const said = `${stdout}\n${stderr}`.replaceAll('\r', '');
    if (code === 0 || !expected.test(said)) faults.push(`${service} says: ${said.trim()}`);
  }
  report.holds('without the secrets step nothing starts, and a line says why', faults);
}
