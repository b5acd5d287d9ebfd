import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { DataExportController } from './data-export.controller.ts';
import { DataExportService } from './data-export.service.ts';

@Module({ imports: [AccountModule], controllers: [DataExportController], providers: [DataExportService] })
export class DataExportModule {}
