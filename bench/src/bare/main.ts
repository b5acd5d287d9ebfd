import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';
import { packageDefinition } from '@reputable/contracts';
import { UserService } from '@reputable/contracts/user/v1/user';

@Controller()
class UserController {
  @GrpcMethod('UserService')
  getUser({ id }: { id: string }) {
    return { user: { id, displayName: 'Ada' } };
  }
}

@Module({ controllers: [UserController] })
class AppModule {}

const port = Number(process.env['GRPC_PORT']);
const app = await NestFactory.createMicroservice(AppModule, {
  transport: Transport.GRPC,
  options: { package: 'reputable.user.v1', packageDefinition: packageDefinition([UserService]), url: `127.0.0.1:${port}` },
  logger: false,
});
await app.listen();
process.once('disconnect', () => process.exit());
process.send?.({ ready: { grpc: port } });
