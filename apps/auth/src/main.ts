import { runService } from '@reputable/service';
import { Config } from './config.ts';

await runService('auth', Config, () => import('./app.module.ts'));
