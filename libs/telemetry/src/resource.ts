import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';

/** The resource of a service: the origin of its spans and metrics. */
export const resourceOf = (service: string): Resource =>
  resourceFromAttributes({ 'service.name': service, 'service.namespace': 'reputable', 'process.pid': process.pid });
