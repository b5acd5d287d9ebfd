import { All, Controller, HttpStatus, Res } from '@nestjs/common';
import { sendPage } from '@reputable/page';
import type { FastifyReply } from 'fastify';
import { linked } from '../browser-session/page.ts';
import { ACCOUNT } from './account-page.ts';

/** Answers all other paths below the overview, with a page. */
@Controller(ACCOUNT)
export class UnknownPageController {
  @All('*')
  show(@Res() reply: FastifyReply) {
    sendPage(reply, HttpStatus.NOT_FOUND, unknown);
  }
}

const unknown = linked('There is no such page', 'The address may be mistyped.', { href: ACCOUNT, text: 'Your account' });
