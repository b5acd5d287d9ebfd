import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { DataExportModule } from '../data-export/data-export.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { UserModule } from '../user/user.module.ts';
import { answerProblem } from './api-errors.ts';
import { API_PATH } from './api-path.ts';
import { CommentsController } from './comments.controller.ts';
import { DataExportApiController } from './data-export.controller.ts';
import { DocumentController } from './document.controller.ts';
import { MeController } from './me.controller.ts';
import { PersonalAccessTokensController } from './personal-access-tokens.controller.ts';
import { PostsController } from './posts.controller.ts';
import { SessionsApiController } from './sessions.controller.ts';
import { UnknownPathController } from './unknown-path.controller.ts';

/** The controllers of the operations. */
export const CONTROLLERS = [
  PostsController,
  CommentsController,
  MeController,
  DataExportApiController,
  SessionsApiController,
  PersonalAccessTokensController,
];

/** The HTTP API: the same rpcs as GraphQL, for programs that do without it. */
@Module({})
export class ApiModule {
  /** @param authentication the module that authenticates requests */
  static forRoot(authentication: DynamicModule): DynamicModule {
    return {
      module: ApiModule,
      imports: [authentication, DataExportModule, SessionModule, UserModule],
      controllers: [...CONTROLLERS, DocumentController, UnknownPathController],
    };
  }

  /** The errors before a guard, such as a malformed body, are Fastify's. */
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
      if (!route.url.startsWith(`${API_PATH}/`)) return;
      route.errorHandler = (error, _request, reply) => {
        answerProblem(reply, error);
      };
    });
  }
}
