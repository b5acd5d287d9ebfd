import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Mail } from './mail.ts';
import { createPages } from './pages.ts';
import { createSmtp } from './smtp.ts';

/** Where a mailbox listens. Without a port, or with 0, the system chooses one. */
export interface MailboxOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  readonly smtpPort?: number;
  readonly httpPort?: number;
}

/** How many mails are kept. */
const KEPT = 100;

/**
 * A mailbox for development: an SMTP server that accepts mail for every address, keeps the latest 100 in memory, and shows them on pages
 * and as JSON. Whoever reaches its pages reads all mail, so it listens on this machine alone unless told otherwise.
 *
 * @example
 * const mailbox = await Mailbox.start();
 * // … send mail to mailbox.smtpUrl
 * mailbox.mails[0]?.text
 * await mailbox.stop();
 */
export class Mailbox {
  #mails: readonly Mail[] = [];
  readonly #smtp = createSmtp((mail) => {
    this.#mails = [mail, ...this.#mails].slice(0, KEPT);
  });
  readonly #http = createPages(this);

  private constructor() {}

  /** @throws Error if a port is in use */
  static async start({ host = '127.0.0.1', smtpPort = 0, httpPort = 0 }: MailboxOptions = {}): Promise<Mailbox> {
    const mailbox = new Mailbox();
    try {
      await Promise.all([once(mailbox.#smtp.listen(smtpPort, host), 'listening'), once(mailbox.#http.listen(httpPort, host), 'listening')]);
    } catch (error) {
      await mailbox.stop();
      throw error;
    }
    return mailbox;
  }

  /** The URL that a client sends mail to. */
  get smtpUrl(): string {
    return `smtp://localhost:${portOf(this.#smtp.server)}`;
  }

  /** The URL of the pages. */
  get url(): string {
    return `http://localhost:${portOf(this.#http)}`;
  }

  /** The kept mails, the latest first. */
  get mails(): readonly Mail[] {
    return this.#mails;
  }

  /** The kept mails to an address, the latest first. */
  mailsTo(address: string): readonly Mail[] {
    return this.#mails.filter(({ to }) => to.includes(address));
  }

  async stop(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#smtp.close(resolve);
    });
  }
}

const portOf = (server: { address: () => unknown }) => String((server.address() as AddressInfo).port);
