import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module.ts';
import { CommentBatch } from './comment.batch.ts';
import { CommentResolver } from './comment.resolver.ts';

@Module({ imports: [UserModule], providers: [CommentBatch, CommentResolver], exports: [CommentBatch] })
export class CommentModule {}
