import { Module } from '@nestjs/common';
import { SessionModule } from '../session/session.module.ts';
import { DataExport } from './data-export.ts';
import { ExportedLists } from './exported-lists.ts';

@Module({ imports: [SessionModule], providers: [DataExport, ExportedLists], exports: [DataExport] })
export class DataExportModule {}
