// The library's container needs reflect-metadata to be there before it loads.
import 'reflect-metadata';

export * from '@peculiar/x509';
