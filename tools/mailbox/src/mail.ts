import type { SMTPServerSession } from 'smtp-server';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';

/** A received mail. */
export interface Mail {
  readonly id: string;
  readonly receivedAt: Date;
  readonly from: string;
  /** The recipients of the envelope. */
  readonly to: readonly string[];
  readonly subject: string;
  /** The plain text; empty if there is none. */
  readonly text: string;
  /** The HTML document, as it was sent; empty if there is none. */
  readonly html: string;
}

/** Reads a mail from an SMTP session. */
export async function readMail(stream: Readable, { envelope }: Pick<SMTPServerSession, 'envelope'>): Promise<Mail> {
  // Only here, as a start without mail does not need it.
  const { simpleParser } = await import('mailparser');
  const { from, subject, text, html } = await simpleParser(stream, { skipTextToHtml: true, skipHtmlToText: true });
  return {
    id: randomUUID(),
    receivedAt: new Date(),
    from: from?.text ?? '',
    to: envelope.rcptTo.map(({ address }) => address),
    subject: subject ?? '',
    text: text ?? '',
    html: html || '',
  };
}

/** The http and https links of a mail's plain text. */
export const linksIn = ({ text }: Pick<Mail, 'text'>): readonly string[] => text.match(/https?:\/\/\S+/g) ?? [];
