import { Controller, Get, Param, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ErrorAnswer } from '../http/refusal.ts';
import { sendScriptedPage, sendStaticFile, type StaticFile } from '../page/static-file.ts';

const ours = (file: string): [string, StaticFile] => [file, { from: '@reputable/gateway', path: `src/graphiql/${file}` }];

const FILES: ReadonlyMap<string, StaticFile> = new Map([
  ['react.js', { from: 'react', path: 'umd/react.production.min.js' }],
  ['react-dom.js', { from: 'react-dom', path: 'umd/react-dom.production.min.js' }],
  ['graphiql.js', { from: 'graphiql', path: 'graphiql.min.js' }],
  ['graphiql.css', { from: 'graphiql', path: 'graphiql.min.css' }],
  ...['examples.js', 'page.js', 'page.css', 'icon.svg'].map(ours),
]);

const pageOf = (nonce: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>GraphiQL – Reputable</title>
    <link rel="icon" href="/graphiql/icon.svg" />
    <link rel="stylesheet" href="/graphiql/graphiql.css" />
    <link rel="stylesheet" href="/graphiql/page.css" />
  </head>
  <body>
    <header>
      <strong>Reputable</strong>
      <span id="user" role="status">Loading …</span>
      <a id="log-in" href="/auth/login?returnTo=/graphiql" hidden>Log in</a>
      <button id="log-out" type="button" hidden>Log out</button>
      <span id="hint" hidden>npm start prints the demo accounts and their password.</span>
    </header>
    <main id="graphiql"></main>
    <script src="/graphiql/react.js"></script>
    <script src="/graphiql/react-dom.js"></script>
    <script src="/graphiql/graphiql.js"></script>
    <script type="module" src="/graphiql/page.js" nonce="${nonce}" id="page"></script>
  </body>
</html>
`;

/** GraphiQL for development, from installed packages: its page loads nothing from other origins. */
@Controller('graphiql')
@UseFilters(ErrorAnswer)
export class GraphiqlController {
  @Get()
  async page(@Res() reply: FastifyReply) {
    await sendScriptedPage(reply, pageOf);
  }

  @Get(':file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply) {
    await sendStaticFile(reply, FILES, name);
  }
}
