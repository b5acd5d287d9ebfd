import { Module } from '@nestjs/common';
import { GraphiqlController } from './graphiql.controller.ts';

@Module({ controllers: [GraphiqlController] })
export class GraphiqlModule {}
