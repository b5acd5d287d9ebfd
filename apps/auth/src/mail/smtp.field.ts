import { isLoopback, required } from '@reputable/service';
import { z } from 'zod';

/** An SMTP server. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** Whether TLS begins with the connection (smtps), not with STARTTLS. */
  readonly secure: boolean;
  /** Whether the server is on this machine. */
  readonly isLocal: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

const WHAT = 'the SMTP server that sends mail, as in smtps://user:password@smtp.example.com';

/** The default ports of RFC 8314 §3.3 and RFC 6409. */
const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;

const isSmtp = (protocol: string): protocol is keyof typeof PORTS => protocol in PORTS;

/** The URL of an SMTP server. Errors never contain it, because it may contain a password. It has no options, so none can turn TLS off. */
export const smtpUrl = () =>
  required(WHAT)
    .transform(parse)
    .pipe(z.custom<SmtpServer>(Boolean, { error: `must be an SMTP URL: ${WHAT}.` }));

function parse(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (!url || !isSmtp(url.protocol) || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search || url.hash) return undefined;
  const { protocol, hostname, port, username, password } = url;
  return {
    // URLs have IPv6 addresses in brackets.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || PORTS[protocol]),
    secure: protocol === 'smtps:',
    isLocal: isLoopback(url),
    auth: username === '' ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
  };
}

const SENDER = /^(?:[^<>"\r\n]+ )?<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/;

/** The sender of mails: an address, or a name with an address. */
export const sender = () => {
  const what = 'the sender of mails, as in Reputable <no-reply@example.com>';
  return required(what).regex(SENDER, { error: `must be an e-mail address: ${what}.` });
};
