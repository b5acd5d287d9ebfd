import { Injectable } from '@nestjs/common';
import { type Client, InjectClient, MAX_LIFETIME_S } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Outbox } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';

/** A change of a user's claims at a time in milliseconds since the epoch, as the outbox stores it. */
export type ClaimsChange = { userId: string; at: number };

/** The pause after each delivery, in milliseconds. Changes of one user collected meanwhile need one announcement. */
const PAUSE_MS = 100;

/** Announces claim changes through the auth service, unless all earlier tokens have already expired. */
@Injectable()
export class ClaimsOutbox extends Outbox<ClaimsChange> {
  constructor(dataSource: DataSource, @InjectClient(AuthService) auth: Client<typeof AuthService>) {
    const deliver = async (changes: ClaimsChange[]) => {
      const oldest = Date.now() - MAX_LIFETIME_S * 1000;
      const userIds = new Set(changes.filter(({ at }) => at > oldest).map(({ userId }) => userId));
      await Promise.all(Array.from(userIds, (userId) => auth.announceClaims({ userId })));
      if (userIds.size > 0) await setTimeout(PAUSE_MS);
    };
    super({ dataSource, queue: 'claims', deliver });
  }
}
