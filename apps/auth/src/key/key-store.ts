import { type DataSource, type EntityManager, MoreThan, Not } from 'typeorm';
import { LEAD_S, TRAIL_S } from './key-times.ts';
import { newKeyPair, openPrivateKey } from './key-pair.ts';
import { SigningKey } from './signing-key.entity.ts';

/** Any number will do, as long as everybody who changes keys uses the same. */
const KEYS_LOCK = 7_036_902;

/** The next key has not been published for long enough to sign. */
export class NextKeyTooYoung extends Error {
  override readonly name = 'NextKeyTooYoung';
  constructor(readonly waitMs: number) {
    super(`The next key is too new: in ${String(Math.ceil(waitMs / 1000))} s everybody can know it.`);
  }
}

/** There is no such key. */
export class NoSuchKey extends Error {
  override readonly name = 'NoSuchKey';
}

/** The signing keys in the database, and how they change. Who changes them does it alone, however many there are that would. */
export class KeyStore {
  constructor(
    readonly dataSource: DataSource,
    readonly encryptionKey: Uint8Array,
  ) {}

  /** Every key there is and was, newest first. */
  list(): Promise<SigningKey[]> {
    return this.dataSource.getRepository(SigningKey).find({ order: { createdAt: 'DESC', state: 'ASC' } });
  }

  /** The keys that a token which is still good may be signed with, now or soon. */
  published(): Promise<SigningKey[]> {
    const since = new Date(Date.now() - TRAIL_S * 1000);
    return this.dataSource.getRepository(SigningKey).findBy([{ state: Not('retired') }, { retiredAt: MoreThan(since) }]);
  }

  /** Makes sure that there are keys: the first start makes them. */
  async ensure(): Promise<void> {
    await this.#alone((tx) => this.#fillUp(tx));
  }

  /**
   * next → current → retired, and a new next.
   *
   * @throws NextKeyTooYoung if tokens signed with the next key could be refused
   */
  async rotate(): Promise<void> {
    await this.#alone(async (tx) => {
      const waitMs = await leadLeft(tx);
      if (waitMs > 0) throw new NextKeyTooYoung(waitMs);
      await tx.update(SigningKey, { state: 'current' }, { state: 'retired', retiredAt: new Date(), privateJwe: null });
      await this.#fillUp(tx);
    });
  }

  /**
   * Removes a key at once, because somebody else may have it: tokens signed with it are refused as soon as services fetch the keys
   * again. If it was the current one, the next one takes over, known to everybody or not.
   *
   * @throws NoSuchKey
   */
  async revoke(kid: string): Promise<void> {
    await this.#alone(async (tx) => {
      const { affected } = await tx.delete(SigningKey, { kid });
      if (!affected) throw new NoSuchKey(`There is no key ${kid}.`);
      await this.#fillUp(tx);
    });
  }

  /** Where there is no current key the next one becomes it, and where there is no next one it is made. */
  async #fillUp(tx: EntityManager): Promise<void> {
    const activated = { state: 'current', activatedAt: new Date() } as const;
    if (!(await tx.existsBy(SigningKey, { state: 'current' }))) {
      const { affected } = await tx.update(SigningKey, { state: 'next' }, activated);
      if (!affected) await tx.insert(SigningKey, { ...(await newKeyPair(this.encryptionKey)), ...activated });
    }
    if (!(await tx.existsBy(SigningKey, { state: 'next' }))) {
      await tx.insert(SigningKey, { ...(await newKeyPair(this.encryptionKey)), state: 'next' });
    }
  }

  /** A new key sealed with another encryption key than the rest could be used by none of the replicas that are to sign with it. */
  async #openAll(tx: EntityManager): Promise<void> {
    for (const key of await tx.findBy(SigningKey, { state: Not('retired') })) await openPrivateKey(key, this.encryptionKey);
  }

  #alone<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
      await this.#openAll(tx);
      return work(tx);
    });
  }
}

/** How many milliseconds the next key still has to be published for. Whoever knows a current key that is no older knows it already. */
async function leadLeft(tx: EntityManager): Promise<number> {
  const current = await tx.findOneByOrFail(SigningKey, { state: 'current' });
  const next = await tx.findOneByOrFail(SigningKey, { state: 'next' });
  if (next.createdAt <= current.createdAt) return 0;
  return next.createdAt.getTime() + LEAD_S * 1000 - Date.now();
}
