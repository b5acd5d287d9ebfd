import { Injectable, Logger } from '@nestjs/common';
import { CallRunner, type Client, currentCall, InjectClient, type VerifiedToken } from '@reputable/auth';
import { AccountSchema, AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserSchema, UserService } from '@reputable/contracts/user/v1/user';
import { type DomainError, internal } from '@reputable/errors';
import { Readable } from 'node:stream';
import { checkingPassword } from '../session/current-password.ts';
import { LogInQueue } from '../session/log-in-queue.ts';
import { type ExportedList, ExportedLists, jsonOf, type Page, type Rows } from './exported-lists.ts';

/** The rows of a page. */
const ROWS = 100;

/** The input with which a signed-in user authenticates again. */
export interface Confirmation {
  /** Empty: the account has none. */
  readonly currentPassword: string;
  /** The client's IP address. */
  readonly address: string;
}

/**
 * The export of a user's data: one JSON document with the data that the services store about the user. The gateway reads one page of a list at a
 * time, so neither a message nor its memory grows with the document. The services decide by the user's token, as for every other call.
 */
@Injectable()
export class DataExport {
  readonly #log = new Logger('data export');

  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    readonly queue: LogInQueue,
    readonly lists: ExportedLists,
    readonly calls: CallRunner,
  ) {}

  /**
   * The document about the current call's user, whose id this is, if all services answer and auth allows it. Pages are read as the reader proceeds; a failure then
   * ends the stream with an error.
   *
   * @throws DomainError before the first byte: if auth does not allow the export, as {@link checkingPassword}, or if a list cannot be read now
   */
  async begin(confirmation: Confirmation, userId: string): Promise<Readable> {
    await this.#probe(userId);
    await checkingPassword(this.queue, () => this.auth.authorizeDataExport(confirmation));
    const token = currentCall()?.token;
    const [{ user }, { account }] = await Promise.all([this.users.getUser({ id: userId }), this.auth.getAccount({})]);
    if (!user || !account) throw internal();
    const head = `"exportedAt":"${new Date().toISOString()}","profile":${jsonOf(UserSchema, user)},"account":${jsonOf(AccountSchema, account)}`;
    return Readable.from(this.#document(head, userId, token), { highWaterMark: 1 });
  }

  /** Reads a row of each list, so that a service that is down leads to an error, not to an incomplete file. Before auth counts the export. */
  async #probe(userId: string): Promise<void> {
    await Promise.all(this.lists.all.map(([, fetch]) => fetch({ pageSize: 1, pageToken: '' }, userId)));
  }

  async *#document(head: string, userId: string, token: VerifiedToken | undefined): AsyncGenerator<string> {
    yield `{${head}`;
    for (const list of this.lists.all) {
      yield `,"${list[0]}":[`;
      let [separator, pageToken] = ['', ''];
      do {
        const { rows, nextPageToken } = await this.#fetchAs(token, list, { pageSize: ROWS, pageToken }, userId);
        if (rows.length > 0) {
          yield separator + rows.join(',');
          separator = ',';
        }
        pageToken = nextPageToken;
      } while (pageToken !== '');
      yield ']';
    }
    yield '}\n';
  }

  /** Each page has a deadline of its own. */
  async #fetchAs(token: VerifiedToken | undefined, [list, fetch]: ExportedList, page: Page, userId: string): Promise<Rows> {
    try {
      return await this.calls.runAs(token, () => fetch(page, userId));
    } catch (err) {
      this.#log.warn({ msg: 'data export not completed', user: userId, list, reason: (err as Partial<DomainError>).reason });
      throw err;
    }
  }
}
