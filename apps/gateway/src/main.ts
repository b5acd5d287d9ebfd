import { runService } from '@reputable/service';
import { Config } from './config.ts';

await runService('gateway', Config, () => import('./app.module.ts'));
