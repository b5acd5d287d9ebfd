#!/usr/bin/env bash
# A Nest gRPC server that is given its package definition ends the process if @grpc/proto-loader cannot be resolved, which it does not use
#
# Packages: @nestjs/microservices 12.1.1, @grpc/grpc-js 1.14.7
# Expected: `packageDefinition` replaces `protoPath`, and with it the loader of .proto files. The server starts without the loader.
# Seen:     The constructor of `ServerGrpc` loads the package in any case, and ends the process with exit code 1: no error is thrown that an
#           application could catch. It goes unnoticed in a flat node_modules, as grpc-js brings the loader along; it shows in nested or
#           linked installations, and in images that contain a bundle.
# Matters:  Tests in the workspace pass and the image does not start. Override `loadPackageSynchronously` in a subclass of `ServerGrpc`, or
#           install the loader.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --install-strategy=nested --no-audit --no-fund --loglevel=error --save-exact @nestjs/common@12.5.1 @nestjs/core@12.5.1 \
  @nestjs/microservices@12.1.1 @grpc/grpc-js@1.14.7 reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null

cat >server.js <<'JS'
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ServerGrpc } from '@nestjs/microservices';

class App {}
Module({})(App);

const text = { serialize: (value) => Buffer.from(value), deserialize: (bytes) => bytes.toString() };
const say = {
  path: '/echo.Echo/Say',
  requestStream: false,
  responseStream: false,
  originalName: 'say',
  ...{ requestSerialize: text.serialize, requestDeserialize: text.deserialize },
  ...{ responseSerialize: text.serialize, responseDeserialize: text.deserialize },
};
const options = { package: 'echo', packageDefinition: { 'echo.Echo': { Say: say } }, url: '127.0.0.1:0' };

class WithoutLoader extends ServerGrpc {
  loadPackageSynchronously(name, ...rest) {
    return name === '@grpc/proto-loader' ? {} : super.loadPackageSynchronously(name, ...rest);
  }
}

try {
  const strategy = process.argv[2] === 'without' ? new WithoutLoader(options) : new ServerGrpc(options);
  const app = await NestFactory.createMicroservice(App, { logger: ['error'], strategy });
  await app.listen();
  console.log('listens');
} catch (error) {
  console.log(`threw: ${error.message}`);
}
process.exit(0);
JS

plain=$(node server.js 2>&1) && code=0 || code=$?
without=$(node server.js without 2>&1)
printf 'ServerGrpc: exit code %s, "%s"\nServerGrpc that does not load it: %s\n' "$code" "$plain" "$without"
if [ "$code" = 1 ] && [[ "$plain" == *'The "@grpc/proto-loader" package is missing'* ]] && [[ "$plain" != *threw* ]] && [ "$without" = listens ]; then
  echo 'Finding confirmed.'
else
  echo 'The behaviour has changed.'
  exit 1
fi
