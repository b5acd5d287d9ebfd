export { linksIn, type Mail } from './mail.ts';
export { Mailbox, type MailboxOptions } from './mailbox.ts';
export { REJECTED_DOMAIN } from './smtp.ts';
