import type { Inside } from './direct/inside.ts';
import type { Account, DemoData } from './story/accounts.ts';
import type { Traces } from './trace/linked-traces.ts';

/** What the page needs of the launcher. */
export interface PlaygroundOptions {
  /** The path of the Unix socket to listen on. */
  readonly socket: string;
  readonly inside: Inside;
  readonly urls: { readonly graphql: string; readonly mailbox: string };
  /** The traces of the collector, if it runs. */
  readonly traces: Traces | undefined;
  /** The demo accounts. */
  readonly accounts: readonly Account[];
  /** What the launcher has saved about them; undefined before that. */
  readonly demo: () => Promise<DemoData | undefined>;
  /** Rotates auth's signing key. Returns a line about the new one. */
  readonly rotateKey: () => Promise<string>;
}
