import { Injectable } from '@nestjs/common';
import { hash, type Options, verify } from '@node-rs/argon2';
import { currentCall } from '@reputable/auth';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { tooBusy } from './password.errors.ts';

/** argon2id, the library's default, with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const ARGON2ID: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * How many passwords are hashed at a time. Two of libuv's four threads leave room for signing; one core fewer than the machine has leaves
 * room for everything else.
 */
const AT_A_TIME = Math.min(2, Math.max(1, availableParallelism() - 1));

/** How many passwords may wait. At some 30 ms a hash, the last one waits for a second at most. */
const MAX_WAITING = 32;

/** Hashes and checks passwords, a few at a time. A check takes as long for an unknown account as for a known one. */
@Injectable()
export class Passwords {
  readonly #limit = pLimit(AT_A_TIME);
  readonly #decoy = hash('', ARGON2ID);

  /**
   * Hashes a password for storage, as a PHC string.
   *
   * @throws DomainError TOO_BUSY
   */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normalised(password), ARGON2ID));
  }

  /**
   * Whether the password matches the hash. Without a hash (there is no such account, or it has no password) it never does, and the check
   * takes as long.
   *
   * @throws DomainError TOO_BUSY
   */
  async matches(passwordHash: string | null | undefined, password: string): Promise<boolean> {
    const hashed = passwordHash ?? (await this.#decoy);
    const matches = await this.#inTurn(() => verify(hashed, normalised(password)));
    return matches && typeof passwordHash === 'string';
  }

  /** Runs `work` when a slot is free, unless the call's deadline has passed by then. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= MAX_WAITING) throw tooBusy();
    const deadline = currentCall()?.deadline ?? Infinity;
    return this.#limit(() => {
      if (Date.now() >= deadline) throw tooBusy();
      return work();
    });
  }
}

/** NFKC: equal characters from different keyboards are equal (NIST SP 800-63B §5.1.1.2). */
const normalised = (password: string) => password.normalize('NFKC');
