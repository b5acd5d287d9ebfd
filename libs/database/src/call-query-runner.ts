import { currentCall } from '@reputable/auth';
import { databaseUnavailable, DomainError, LOOK_FIRST, notDoneInTime } from '@reputable/errors';
import type { DatabaseError } from 'pg';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';

/** The time that a call keeps for its answer after its last change, in milliseconds; a quarter of what is left, if that is less. */
const ANSWER_MS = 100;

/** PostgreSQL's error for a statement that took longer than its `statement_timeout`, or was cancelled. */
const CANCELED = '57014';

/** The statements that can change rows. A statement that begins with WITH can be a read. */
const CHANGES = /^\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH)\b/i;

/**
 * Makes the changes of a call before its deadline or not at all. All changes of a call run in a transaction, also a single statement. Its
 * statements end at the deadline by `statement_timeout`, which travels with `START TRANSACTION`, and it is not committed after the deadline.
 *
 * Without this bound, a change that waits for a lock is committed after the client was told that the call failed, and a client that tries again
 * makes it twice. A client whose connection breaks during the commit does not know its outcome: see docs/idempotency.md. Outside a call, for
 * example in a job, only the `statement_timeout` of the connection applies.
 */
export class CallQueryRunner extends PostgresQueryRunner {
  /** The end of the current transaction, in milliseconds since the epoch. */
  #endsAt = Infinity;

  override async startTransaction(isolationLevel?: IsolationLevel): Promise<void> {
    if (this.transactionDepth > 0) return super.startTransaction(isolationLevel);
    // The wait for a connection counts.
    await this.connect();
    this.#endsAt = endOfChanges();
    this.#expectTime();
    await super.startTransaction(isolationLevel);
  }

  override async commitTransaction(): Promise<void> {
    const isOutermost = this.transactionDepth === 1;
    if (isOutermost) this.#expectTime();
    try {
      await super.commitTransaction();
    } catch (error) {
      throw isOutermost && this.#endsAt < Infinity && !isRefusal(error) ? databaseUnavailable(LOOK_FIRST) : error;
    }
  }

  override async query(text: string, ...rest: Rest): Promise<unknown> {
    if (this.isTransactionActive) return this.#endsAt < Infinity ? this.#query(text, rest) : super.query(text, ...rest);
    return CHANGES.test(text) && endOfChanges() < Infinity ? this.#alone(text, rest) : super.query(text, ...rest);
  }

  /** Runs a statement of a transaction that has an end. */
  async #query(text: string, rest: Rest): Promise<unknown> {
    try {
      return (await super.query(text === BEGIN ? `${BEGIN}; SET LOCAL statement_timeout = ${this.#leftMs}` : text, ...rest)) as unknown;
    } catch (error) {
      throw isCanceled(error) ? notDoneInTime() : error;
    }
  }

  /** Runs a statement in a transaction of its own. */
  async #alone(text: string, rest: Rest): Promise<unknown> {
    await this.startTransaction();
    try {
      const result = await this.query(text, ...rest);
      await this.commitTransaction();
      return result;
    } catch (error) {
      if (this.isTransactionActive) await this.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  }

  get #leftMs(): number {
    return Math.max(1, Math.floor(this.#endsAt - Date.now()));
  }

  #expectTime(): void {
    if (Date.now() >= this.#endsAt) throw notDoneInTime();
  }
}

type Rest = [parameters?: Parameters<PostgresQueryRunner['query']>[1], useStructuredResult?: boolean];

const BEGIN = 'START TRANSACTION';

/** When the changes of the current call must have been made, in milliseconds since the epoch; Infinity outside a call. */
function endOfChanges(): number {
  const deadline = currentCall()?.deadline ?? Infinity;
  return deadline === Infinity ? Infinity : deadline - Math.min(ANSWER_MS, (deadline - Date.now()) / 4);
}

const causeOf = (error: unknown) => (error as { driverError?: Partial<DatabaseError> } | null)?.driverError;

const isCanceled = (error: unknown) => causeOf(error)?.code === CANCELED;

/** Whether PostgreSQL has answered that the statement failed. A lost connection and a server that stops leave the outcome open. */
const isRefusal = (error: unknown) => error instanceof DomainError || causeOf(error)?.severity === 'ERROR';
