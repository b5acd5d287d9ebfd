import { Module } from '@nestjs/common';
import { SessionModule } from '../session/session.module.ts';
import { EmailResolver } from './email.resolver.ts';

@Module({ imports: [SessionModule], providers: [EmailResolver] })
export class EmailModule {}
