import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Counter } from './counter.ts';
import { Fingerprints } from './fingerprints.ts';
import { KnownAddresses } from './known-addresses.ts';
import type { Limit } from './limit.field.ts';
import type { Limits } from './limits.ts';
import { LogInThrottle } from './log-in-throttle.ts';
import { MailThrottle } from './mail-throttle.ts';
import { RegistrationThrottle } from './registration-throttle.ts';
import { TokenThrottle } from './token-throttle.ts';

/** The options of {@link Throttle}. */
export interface ThrottleOptions {
  readonly limits: Limits;
  /** The service's master key, 32 bytes. */
  readonly secret: Uint8Array;
}

/** The injection token of {@link ThrottleOptions}. */
export const THROTTLE_OPTIONS = Symbol('throttle options');

/**
 * The limits on attempts, for every transport.
 *
 * @example
 * const account = await throttle.logIn.attempt({ email, address }, () => this.#check(email, password));
 * if (!account) throw credentialsInvalid();
 */
@Injectable()
export class Throttle {
  /** For everything that checks a password: log-ins and password changes. */
  readonly logIn: LogInThrottle;
  /** For everything that sends a mail to an address that a visitor enters. */
  readonly mail: MailThrottle;
  readonly registration: RegistrationThrottle;
  /** Counts exports by user. */
  readonly dataExport: Counter;
  /** For refreshes and the token endpoint. */
  readonly token: TokenThrottle;

  constructor(dataSource: DataSource, @Inject(THROTTLE_OPTIONS) { limits, secret }: ThrottleOptions) {
    const fingerprints = new Fingerprints(secret);
    const counter = (name: string, limit: Limit) => new Counter(dataSource, fingerprints, name, limit);
    const known = new KnownAddresses(dataSource, fingerprints);
    const logIns = {
      pair: counter('log-in', limits.LIMIT_LOG_IN),
      network: counter('log-in-address', limits.LIMIT_LOG_IN_ADDRESS),
      account: counter('log-in-account', limits.LIMIT_LOG_IN_ACCOUNT),
    };
    const mails = {
      pair: counter('mail', limits.LIMIT_MAIL),
      network: counter('mail-address', limits.LIMIT_MAIL_ADDRESS),
      account: counter('mail-account', limits.LIMIT_MAIL_ACCOUNT),
    };
    this.logIn = new LogInThrottle(logIns, known);
    this.mail = new MailThrottle(mails, known);
    this.registration = new RegistrationThrottle(counter('registration', limits.LIMIT_REGISTRATION));
    this.dataExport = counter('data-export', limits.LIMIT_DATA_EXPORT);
    this.token = new TokenThrottle(counter('token', limits.LIMIT_TOKEN), counter('token-address', limits.LIMIT_TOKEN_ADDRESS));
  }
}
