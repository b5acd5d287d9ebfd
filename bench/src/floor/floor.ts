import { ServiceProcess } from '@reputable/dev/service-process';
import { compiled } from '../program.ts';

const SERVICES = ['post', 'comment', 'user'] as const;

/** The floor, running: four processes that serve two queries without a framework, GraphQL, authentication or TLS. */
export interface Floor {
  /** The URL of a query. */
  readonly urlOf: (query: 'flat' | 'nested') => string;
  readonly processes: Readonly<Record<string, { readonly pid: number | undefined }>>;
  readonly stop: () => Promise<void>;
}

/** Starts the floor on the databases of Reputable's services. @param nodeOptions options of Node for each process */
export async function startFloor(
  databaseUrl: (name: (typeof SERVICES)[number]) => string,
  nodeOptions?: readonly string[],
): Promise<Floor> {
  const started: Record<string, ServiceProcess> = {};
  const start = async (name: string, env: Record<string, string>) => {
    const process = await ServiceProcess.start({
      name: `floor ${name}`,
      program: await compiled(`floor/${name}.ts`),
      ...{ nodeOptions, env },
      log: () => undefined,
    });
    started[name] = process;
    return process.ports;
  };
  const stop = async () => {
    await Promise.all(Object.values(started).map((process) => process.stop()));
  };
  try {
    const urls = SERVICES.map(async (name) => {
      const { grpc = 0 } = await start(name, { DATABASE_URL: databaseUrl(name) });
      return [`${name.toUpperCase()}_URL`, `127.0.0.1:${grpc}`] as const;
    });
    const { http = 0 } = await start('gateway', Object.fromEntries(await Promise.all(urls)));
    return {
      urlOf: (query) => `http://127.0.0.1:${http}/${query}`,
      processes: started,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
