import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Code } from '@reputable/errors';
import { createTransport } from 'nodemailer';
import { htmlOf, type Mail, textOf } from './mail.ts';
import type { SmtpServer } from './smtp.field.ts';

/** The injection token of {@link MailSettings}. */
export const MAIL_SETTINGS = Symbol('MailSettings');

/** The settings of the mailer. */
export interface MailSettings {
  readonly server: SmtpServer;
  /** The sender: a name and an address. */
  readonly from: string;
  /** The host, if any, that may get mail without TLS though it is not this machine. */
  readonly withoutTls: string | undefined;
}

/** The server has rejected a mail for good (RFC 5321 §4.2.1: 5xx). The message has no address. */
export class MailRejected extends Error {
  override readonly name = 'MailRejected';
  constructor(readonly status: number) {
    super(`the SMTP server rejected the mail: ${String(status)}`);
  }
}

/** The server cannot send any mail now. The outbox retries for as long as that lasts. */
const cannotSend = (reason: string) => Object.assign(new Error(`the SMTP server cannot send mail: ${reason}`), { code: Code.UNAVAILABLE });

/** The failures of nodemailer that concern the recipient or the mail, not the server or our log-in to it. */
const ABOUT_THE_MAIL: ReadonlySet<unknown> = new Set(['EENVELOPE', 'EMESSAGE']);

/** The replies to a client without the right log-in (RFC 4954 §6). */
const ABOUT_OUR_LOG_IN = /^53\d$/;

/** Less than the time in which the outbox expects a delivery to end, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Sends mail by SMTP, over TLS with a verified certificate unless the server is on this machine. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  readonly #transport;

  constructor(@Inject(MAIL_SETTINGS) readonly settings: MailSettings) {
    const { server, withoutTls } = settings;
    const { host, port, secure, auth, isLocal } = server;
    this.#transport = createTransport({
      host,
      port,
      secure,
      ...(auth && { auth }),
      requireTLS: !secure && !isLocal && host !== withoutTls,
      tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
      pool: true,
      maxConnections: 2,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: 2 * TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /**
   * Sends a mail. No error contains the address or the link, because errors are logged and stored.
   *
   * @throws MailRejected if the server rejects the mail; Error if it cannot send it now
   */
  async send(mail: Mail): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.settings.from,
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: textOf(mail),
        html: htmlOf(mail),
        // RFC 3834 §5: no answers of machines.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      const { code, responseCode = 0 } = error as { readonly code?: string; readonly responseCode?: number };
      if (responseCode >= 500 && !ABOUT_OUR_LOG_IN.test(String(responseCode)) && ABOUT_THE_MAIL.has(code))
        throw new MailRejected(responseCode);
      // Without the cause, which contains the address.
      throw cannotSend(`${code ?? 'unknown error'}${responseCode > 0 ? ` ${String(responseCode)}` : ''}`);
    }
  }

  onApplicationShutdown(): void {
    this.#transport.close();
  }
}
