import { Body, Get, Post, Req, Res, UseGuards } from '@nestjs/common';
import { type AuthenticatedUser, CurrentUser } from '@reputable/auth';
import { sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { LocalAccountsGuard } from '../browser-session/local-accounts.guard.ts';
import { DataExport } from '../data-export/data-export.ts';
import { sendExport } from '../data-export/send-export.ts';
import { addressOf } from '../http/address.ts';
import { AccountController } from './account-controller.ts';
import { EXPORT, exportPage, LABELS } from './export-page.ts';
import { readForm } from './form.ts';
import { shownError } from './form-error.ts';

const Form = z.strictObject({ current_password: z.string() });

/** The page on which the user downloads the data that the services store about the user. */
@AccountController(EXPORT)
@UseGuards(LocalAccountsGuard)
export class ExportController {
  constructor(readonly dataExport: DataExport) {}

  @Get()
  async show(@Res() reply: FastifyReply) {
    await sendPage(reply, 200, exportPage());
  }

  @Post()
  async download(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentUser() { id }: AuthenticatedUser,
  ) {
    const { current_password: currentPassword } = readForm(Form, body);
    let document: Readable;
    try {
      document = await this.dataExport.begin({ currentPassword, address: addressOf(request) }, id);
    } catch (error) {
      const { status, problems } = shownError(reply, error, LABELS);
      return sendPage(reply, status, exportPage(problems));
    }
    return sendExport(reply, document);
  }
}
