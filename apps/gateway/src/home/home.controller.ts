import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { html, type Page, sendPage } from '@reputable/page';
import type { FastifyReply } from 'fastify';

/** The page at `/`: links for a person who opens the API's address. */
@Controller()
export class HomeController {
  @Get()
  show(@Res() reply: FastifyReply) {
    sendPage(reply, HttpStatus.OK, home);
  }
}

const home: Page = {
  title: 'API',
  formTargets: 'none',
  body: html`<h1>This is an API</h1>
    <p>
      Programs use GraphQL at <code>/graphql</code>, or the <a href="/api/v1/openapi.json">HTTP API</a>. People manage their account here:
    </p>
    <p><a href="/account">Your account</a></p>
    <p><a href="/auth/login?returnTo=/account">Log in</a></p>`,
};
