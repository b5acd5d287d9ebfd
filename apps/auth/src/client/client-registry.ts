import { newId } from '@reputable/database';
import type { ClientMetadata } from 'oidc-provider';
import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { secretHash } from './oauth-clients.ts';
import { clientMetadata, type NewClient } from './client-metadata.ts';

/** The client does not exist. */
export class NoSuchClient extends Error {
  override readonly name = 'NoSuchClient';
}

/** A registered client. */
export interface RegisteredClient {
  readonly metadata: ClientMetadata;
  readonly createdAt: Date;
}

/** Ends all sessions of a client, as part of a transaction. Resolves with their number. */
export type EndSessionsOfClient = (tx: EntityManager, clientId: string) => Promise<number>;

/** The registered clients: third-party applications. */
export class ClientRegistry {
  constructor(
    readonly dataSource: DataSource,
    readonly endSessionsOfClient: EndSessionsOfClient,
  ) {}

  /** All registered clients, oldest first. */
  list(): Promise<RegisteredClient[]> {
    return this.dataSource.query('SELECT metadata, created_at AS "createdAt" FROM oauth_client ORDER BY created_at, id');
  }

  /**
   * Registers a client.
   *
   * @returns its id and its secret, of which only the hash is stored; a public client has no secret
   * @throws InvalidClient
   */
  async add(client: NewClient): Promise<{ readonly id: string; readonly secret: string | undefined }> {
    const id = newId();
    const secret = client.kind === 'public' ? undefined : randomBytes(32).toString('base64url');
    const metadata = await clientMetadata(id, client, secret === undefined ? undefined : secretHash(secret));
    await this.dataSource.transaction(async (tx) => {
      await tx.query('INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [id, metadata]);
      await audit(tx, { type: 'client_registered', clientId: id, details: { kind: client.kind } });
    });
    return { id, secret };
  }

  /**
   * Removes a client and ends all its sessions, in one transaction.
   *
   * @returns the number of ended sessions
   * @throws NoSuchClient
   */
  remove(id: string): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const removed = await tx.query<unknown[]>('WITH gone AS (DELETE FROM oauth_client WHERE id = $1 RETURNING 1) SELECT 1 FROM gone', [
        id,
      ]);
      if (removed.length === 0) throw new NoSuchClient(`Client ${id} does not exist.`);
      await audit(tx, { type: 'client_removed', clientId: id });
      return this.endSessionsOfClient(tx, id);
    });
  }
}
