import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { DomainError } from '@reputable/errors';
import { sendPage } from '@reputable/page';
import { valid } from '@reputable/request';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { linkOver } from '../one-time-link/link-pages.ts';
import { LINK_LIFETIME_MIN } from '../one-time-link/one-time-links.ts';
import { shownError } from '../page/form-error.ts';
import { CONFLICT, GONE } from '../page/notice.ts';
import { OwnFormGuard } from '../own-form/own-form.guard.ts';
import { PageFilter } from '../page/refusal.ts';
import { FirstPartyTokens } from '../token/first-party-tokens.ts';
import { accountReady, accountReadySoon, alreadyRegistered, confirmRegistrationPage } from './confirm-registration-page.ts';
import * as requests from './registration.requests.ts';
import { RegistrationService } from './registration.service.ts';

/** The rpcs of AuthService that register an account. */
@Controller()
export class RegistrationController {
  constructor(
    readonly registration: RegistrationService,
    readonly tokens: FirstPartyTokens,
  ) {}

  @GrpcMethod('AuthService')
  async register(request: unknown) {
    const registration = valid(requests.Register, request);
    await this.registration.register(registration);
    return { email: registration.email, linkExpiresIn: LINK_LIFETIME_MIN * 60 };
  }

  @GrpcMethod('AuthService')
  async confirmRegistration(request: unknown) {
    const { device, ...confirmation } = valid(requests.ConfirmRegistration, request);
    return { tokens: await this.tokens.open(await this.registration.confirm(confirmation), device, 'registration') };
  }
}

/** The page on which users confirm their registration. Only the form does it, because mail scanners open links. */
@Controller('confirm-registration/:token')
@UseFilters(PageFilter)
export class RegistrationPages {
  constructor(readonly registration: RegistrationService) {}

  @Get()
  async show(@Param('token') token: string, @Res() reply: FastifyReply) {
    const found = await this.registration.find(token);
    return found ? sendPage(reply, 200, confirmRegistrationPage(token, found.email)) : sendPage(reply, GONE, linkOver);
  }

  @Post()
  @UseGuards(OwnFormGuard)
  async confirm(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown) {
    const found = await this.registration.find(token);
    if (!found) return sendPage(reply, GONE, linkOver);
    const again = (status: number, problem: string) => sendPage(reply, status, confirmRegistrationPage(token, found.email, problem));
    const form = requests.ConfirmForm.safeParse(body);
    if (!form.success) return again(422, 'Enter the password that you chose. It has 128 characters at most.');
    try {
      await this.registration.confirm({ token, password: form.data.password, address: request.ip });
      return await sendPage(reply, 200, accountReady);
    } catch (error) {
      const reason = error instanceof DomainError ? error.reason : '';
      if (reason === 'LINK_INVALID') return sendPage(reply, GONE, linkOver);
      if (reason === 'EMAIL_TAKEN') return sendPage(reply, CONFLICT, alreadyRegistered);
      if (reason === 'REGISTRATION_INCOMPLETE') return sendPage(reply, 202, accountReadySoon);
      const { status, problem } = shownError(reply, error);
      return again(status, problem.text);
    }
  }
}
