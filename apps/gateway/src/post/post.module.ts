import { Module } from '@nestjs/common';
import { CommentModule } from '../comment/comment.module.ts';
import { UserModule } from '../user/user.module.ts';
import { PostResolver } from './post.resolver.ts';

@Module({ imports: [CommentModule, UserModule], providers: [PostResolver] })
export class PostModule {}
