import { Injectable } from '@nestjs/common';
import { hash, type Options, verify } from '@node-rs/argon2';
import { currentCall } from '@reputable/auth';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { tooBusy } from './password.errors.ts';

/** argon2id, the library's default, with the parameters that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, two passes, one lane. */
const ARGON2ID: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * How many are hashed at a time: two of libuv's four threads, so that signing goes on beside it, and never all cores of the machine, so that
 * everything else does.
 */
const AT_A_TIME = Math.min(2, Math.max(1, availableParallelism() - 1));

/** How many may wait: at some 30 ms each the last one waits for a second at most. */
const MAX_WAITING = 32;

/** Hashes and checks passwords: never more at a time than the machine can take, and no difference to be seen between an account and none. */
@Injectable()
export class Passwords {
  readonly #limit = pLimit(AT_A_TIME);
  readonly #decoy = hash('', ARGON2ID);

  /**
   * The PHC string to keep in place of a password.
   *
   * @throws DomainError TOO_BUSY
   */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normalised(password), ARGON2ID));
  }

  /**
   * Whether the password is the one that was hashed. Without a hash, because there is no such account, it is not, and to find
   * out takes as long.
   *
   * @throws DomainError TOO_BUSY
   */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    const hashed = passwordHash ?? (await this.#decoy);
    const matches = await this.#inTurn(() => verify(hashed, normalised(password)));
    return matches && passwordHash !== undefined;
  }

  /** Work whose caller has stopped waiting by the time it would begin is not begun. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING) throw tooBusy();
    const deadline = currentCall()?.deadline ?? Infinity;
    return this.#limit(() => {
      if (Date.now() >= deadline) throw tooBusy();
      return work();
    });
  }
}

/** The same characters, whichever keyboard they come from (NIST SP 800-63B §5.1.1.2). */
const normalised = (password: string) => password.normalize('NFKC');
