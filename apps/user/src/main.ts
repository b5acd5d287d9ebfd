import { runService } from '@reputable/service';
import { Config } from './config.ts';

await runService('user', Config, () => import('./app.module.ts'));
