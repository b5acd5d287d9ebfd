import { type DataSource, type EntityManager, In, MoreThan, Not } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { LEAD_S, TRAIL_S } from './key-times.ts';
import { newKeyPair, openPrivateKey } from './key-pair.ts';
import { SigningKey } from './signing-key.entity.ts';

/** An arbitrary number: every change of the keys takes the advisory lock with it. */
const KEYS_LOCK = 7_036_902;

/** The next key has not been published for long enough to sign. */
export class NextKeyTooYoung extends Error {
  override readonly name = 'NextKeyTooYoung';
  constructor(readonly waitMs: number) {
    super(`The next key is too new. Services know it in ${String(Math.ceil(waitMs / 1000))} s.`);
  }
}

/** The key does not exist. */
export class NoSuchKey extends Error {
  override readonly name = 'NoSuchKey';
}

/** The signing keys in the database. An advisory lock serialises all changes. */
export class KeyStore {
  constructor(
    readonly dataSource: DataSource,
    readonly encryptionKey: Uint8Array,
  ) {}

  /** All keys, retired ones included, newest first. */
  list(): Promise<SigningKey[]> {
    return this.dataSource.getRepository(SigningKey).find({ order: { createdAt: 'DESC', state: 'ASC' } });
  }

  /** The keys to publish: valid tokens are signed with them, now or soon. */
  published(): Promise<SigningKey[]> {
    const since = new Date(Date.now() - TRAIL_S * 1000);
    return this.dataSource.getRepository(SigningKey).findBy([{ state: Not('retired') }, { retiredAt: MoreThan(since) }]);
  }

  /** Creates the keys if there are none, as at the first start. */
  async ensure(): Promise<void> {
    await this.#alone(true, (tx) => this.#fillUp(tx));
  }

  /**
   * Retires the current key, makes the next key current and creates a new next key.
   *
   * @throws NextKeyTooYoung if some service may not know the next key yet
   */
  async rotate(): Promise<void> {
    await this.#alone(true, async (tx) => {
      const waitMs = await leadLeft(tx);
      if (waitMs > 0) throw new NextKeyTooYoung(waitMs);
      await tx.update(SigningKey, { state: 'current' }, { state: 'retired', retiredAt: new Date(), privateJwe: null });
      await this.#fillUp(tx);
      const { kid } = await tx.findOneByOrFail(SigningKey, { state: 'current' });
      await audit(tx, { type: 'key_rotated', details: { kid } });
    });
  }

  /**
   * Removes a leaked key at once. Services refuse tokens signed with it as soon as they fetch the keys again. The next key replaces a removed
   * current key, even if some service does not know it yet.
   *
   * @throws NoSuchKey
   */
  async revoke(kid: string): Promise<void> {
    await this.#alone(true, async (tx) => {
      const { affected } = await tx.delete(SigningKey, { kid });
      if (!affected) throw new NoSuchKey(`Key ${kid} does not exist.`);
      await audit(tx, { type: 'key_revoked', details: { kid } });
      await this.#fillUp(tx);
    });
  }

  /**
   * Removes all keys and creates new ones. Returns the number of removed keys.
   *
   * @param isNewEncryptionKey whether the encryption key is a new one, which does not decrypt the removed keys
   */
  async replaceAll({ isNewEncryptionKey = false } = {}): Promise<number> {
    return this.#alone(!isNewEncryptionKey, async (tx) => {
      const keys = await tx.find(SigningKey);
      await tx.delete(SigningKey, { kid: In(keys.map(({ kid }) => kid)) });
      await audit(tx, ...keys.map(({ kid }) => ({ type: 'key_revoked', details: { kid } }) as const));
      await this.#fillUp(tx);
      return keys.length;
    });
  }

  /** Makes the next key current if there is no current key, and creates the missing keys. */
  async #fillUp(tx: EntityManager): Promise<void> {
    const activated = { state: 'current', activatedAt: new Date() } as const;
    if (!(await tx.existsBy(SigningKey, { state: 'current' }))) {
      const { affected } = await tx.update(SigningKey, { state: 'next' }, activated);
      if (!affected) await this.#create(tx, activated);
    }
    if (!(await tx.existsBy(SigningKey, { state: 'next' }))) {
      await this.#create(tx, { state: 'next' });
    }
  }

  async #create(tx: EntityManager, state: Pick<SigningKey, 'state'> & Partial<SigningKey>): Promise<void> {
    const pair = await newKeyPair(this.encryptionKey);
    await tx.insert(SigningKey, { ...pair, ...state });
    await audit(tx, { type: 'key_created', details: { kid: pair.kid } });
  }

  /** Checks the encryption key against all keys: no replica could decrypt a new key that another one encrypted. */
  async #openAll(tx: EntityManager): Promise<void> {
    for (const key of await tx.findBy(SigningKey, { state: Not('retired') })) await openPrivateKey(key, this.encryptionKey);
  }

  /** @param checks whether to check the encryption key against the present keys */
  #alone<T>(checks: boolean, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
      if (checks) await this.#openAll(tx);
      return work(tx);
    });
  }
}

/** How long the next key must still be published before it signs, in milliseconds. Whoever knows a younger current key knows it already. */
async function leadLeft(tx: EntityManager): Promise<number> {
  const current = await tx.findOneByOrFail(SigningKey, { state: 'current' });
  const next = await tx.findOneByOrFail(SigningKey, { state: 'next' });
  if (next.createdAt <= current.createdAt) return 0;
  return next.createdAt.getTime() + LEAD_S * 1000 - Date.now();
}
