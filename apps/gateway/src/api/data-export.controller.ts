import { Body, Post, Req, Res } from '@nestjs/common';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { DataExport } from '../data-export/data-export.ts';
import { sendExport } from '../data-export/send-export.ts';
import { addressOf } from '../http/address.ts';
import { ApiController } from './api-controller.ts';
import { Operation } from './operation.ts';
import { DataExportRequest, ExportedData } from './shapes.ts';

/** The rpcs whose rules the document lists. The other rpcs of the export have the rule of the first. */
const RPCS = [AuthService.method.authorizeDataExport, UserService.method.listReputationEvents];

/** The export of the user's data. */
@ApiController('/me/export')
export class DataExportApiController {
  constructor(readonly dataExport: DataExport) {}

  @Post()
  @Operation({ summary: 'Exports your data', rpcs: RPCS, answer: ExportedData, refusals: [409, 429] })
  async create(
    @Body({ schema: DataExportRequest }) { currentPassword = '' }: z.output<typeof DataExportRequest>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentUser() { id }: AuthenticatedUser,
  ) {
    await sendExport(reply, await this.dataExport.begin({ currentPassword, address: addressOf(request) }, id));
  }
}
