export { INSTALLATION_TIMEOUT, onDemand, type OnDemand } from './on-demand.ts';
