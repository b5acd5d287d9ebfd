import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeletedPostsOutbox } from './deleted-posts.outbox.ts';
import { PostController } from './post.controller.ts';
import { Post } from './post.entity.ts';
import { PostService } from './post.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Post])],
  controllers: [PostController],
  providers: [PostService, DeletedPostsOutbox],
  exports: [PostService],
})
export class PostModule {}
