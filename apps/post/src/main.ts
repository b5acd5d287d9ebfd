import { runService } from '@reputable/service';
import { Config } from './config.ts';

await runService('post', Config, () => import('./app.module.ts'));
