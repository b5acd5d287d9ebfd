import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '@reputable/auth';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { Reauthentication } from '../account/reauthentication.ts';
import { audit } from '../audit/audit.ts';
import { Throttle } from '../throttle/throttle.ts';
import type { AuthorizeDataExport } from './data-export.requests.ts';

/** Allows exports of the users' own data. The gateway then reads the data from all services with the user's token. */
@Injectable()
export class DataExportService {
  constructor(
    readonly dataSource: DataSource,
    readonly reauthentication: Reauthentication,
    readonly throttle: Throttle,
  ) {}

  /** @throws DomainError as {@link Reauthentication.confirm}; TOO_MANY_ATTEMPTS also after too many exports */
  async authorize(confirmation: z.output<typeof AuthorizeDataExport>, user: AuthenticatedUser): Promise<void> {
    await this.reauthentication.confirm(user, confirmation);
    await this.throttle.dataExport.take(user.id);
    await audit(this.dataSource.manager, { type: 'data_exported', userId: user.id });
  }
}
