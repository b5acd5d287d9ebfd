import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The prefix of personal access tokens. Secret scanners find them by it. */
export const PERSONAL_ACCESS_TOKEN_PREFIX = 'rpt_pat_';

const FORM = new RegExp(`^${PERSONAL_ACCESS_TOKEN_PREFIX}(?<secret>[0-9a-f]{64})(?<checksum>[0-9a-f]{8})$`);

const checksumOf = (secret: string) => crc32(secret).toString(16).padStart(8, '0');

/** Makes a personal access token: the prefix, 256 random bits and their CRC-32, in hex. */
export function newPersonalAccessToken(): string {
  const secret = randomBytes(32).toString('hex');
  return PERSONAL_ACCESS_TOKEN_PREFIX + secret + checksumOf(secret);
}

/** Whether a personal access token is complete and its checksum right. If not, it was mistyped or cut off. */
export function isWellFormed(token: string): boolean {
  const { secret, checksum } = FORM.exec(token)?.groups ?? {};
  return secret !== undefined && checksumOf(secret) === checksum;
}
