import { CliError, eventually } from '@reputable/cli';
import { linksIn, type Mail } from '@reputable/mailbox';

/** How long to wait for a mail, in milliseconds. */
const PATIENCE_MS = 20_000;

/**
 * Waits for a mail to an address in a mailbox for development, and returns the first link of the latest one with a link to that path.
 *
 * @param mailbox the URL of its pages
 * @param path how the path of the link begins; any unless given
 */
export async function mailedLink(mailbox: string, address: string, path = '/'): Promise<URL> {
  const url = new URL(`/mails.json?${new URLSearchParams({ to: address }).toString()}`, mailbox);
  const latest = async () => {
    const mails = (await (await fetch(url)).json()) as Mail[];
    const link = mails.flatMap((mail) => linksIn(mail).slice(0, 1)).find((each) => new URL(each).pathname.startsWith(path));
    if (link === undefined) throw new CliError(`No mail with a link to ${address} has arrived at ${mailbox}.`);
    return new URL(link);
  };
  return eventually(latest, PATIENCE_MS);
}
