#!/usr/bin/env bash
# @nestjs/swagger leaves query and header parameters with a union type out of the OpenAPI document, without a warning
#
# Package:  @nestjs/swagger 12.0.2, @nestjs/core 12.5.1, typescript 5.9.3
# Expected: The document has every @Query() and @Headers() parameter of a handler (https://docs.nestjs.com/openapi/types-and-parameters). At the
#           least, one whose type is not known is listed without a type, and one that can be undefined is optional.
# Seen:     TypeScript emits `Object` as the type of a union such as `string | undefined`, and @nestjs/swagger drops parameters with that type. A
#           parameter with a question mark is in the document, but as required. Only @ApiQuery() or @ApiHeader() show either as it is.
# Matters:  Under `strict`, a handler states that a header can be absent by `string | undefined`. The better typed a handler is, the less its
#           document says: generated clients cannot send an Idempotency-Key or If-Match that the server honours.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @nestjs/common@12.5.1 @nestjs/core@12.5.1 @nestjs/platform-express@12.5.1 \
  @nestjs/swagger@12.0.2 reflect-metadata@0.2.2 rxjs@7.8.2 typescript@5.9.3 >/dev/null

cat >tsconfig.json <<'JSON'
{
  "compilerOptions": {
    "strict": true,
    "target": "es2022",
    "module": "nodenext",
    "experimentalDecorators": true,
    "emitDecoratorMetadata": true,
    "skipLibCheck": true
  },
  "files": ["probe.ts"]
}
JSON
cat >probe.ts <<'TS'
import 'reflect-metadata';
import { Controller, Get, Headers, Module, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiHeader, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

declare const process: { exit(code: number): never };

@Controller()
class Probe {
  @Get('plain-header')
  one(@Headers('x-probe') value: string) {
    return value;
  }
  @Get('optional-header')
  two(@Headers('x-probe') value: string | undefined) {
    return value;
  }
  @Get('one-or-many-query')
  three(@Query('probe') value: string | string[]) {
    return value;
  }
  @Get('question-mark')
  four(@Headers('x-probe') value?: string) {
    return value;
  }
  @Get('union-and-decorator')
  @ApiHeader({ name: 'x-probe', required: false })
  five(@Headers('x-probe') value: string | undefined) {
    return value;
  }
}

@Module({ controllers: [Probe] })
class App {}

const app = await NestFactory.create(App, { logger: false });
const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
const documented = (path: string) => {
  const [parameter] = (paths[path]?.get?.parameters ?? []) as { required?: boolean }[];
  return parameter ? (parameter.required ? 'required' : 'optional') : 'absent';
};
const seen = {
  '@Headers() value: string': documented('/plain-header'),
  '@Headers() value: string | undefined': documented('/optional-header'),
  '@Query() value: string | string[]': documented('/one-or-many-query'),
  '@Headers() value?: string': documented('/question-mark'),
  '@Headers() value: string | undefined, and @ApiHeader()': documented('/union-and-decorator'),
};
console.log('In the OpenAPI document, the parameter of a handler is:');
for (const [parameter, is] of Object.entries(seen)) console.log(`  ${parameter}: ${is}`);
const same = Object.values(seen).join() === 'required,absent,absent,required,optional';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
TS
npx tsc
node probe.js
