import { createFileRegistry, fromBinary, type DescEnumValue, type DescFile, type DescMethod } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { getComments } from '@bufbuild/protoplugin';

import { buf } from './buf.ts';

/** Reads the files of the contract in a folder with a `buf.yaml`, with the comments in them. */
export const readFiles = (folder: string): DescFile[] => filesOf(buf(folder, 'build', '-o', '-#format=binpb'));

/** The files of an image: a FileDescriptorSet. One with source info has the comments. */
export const filesOf = (image: Uint8Array): DescFile[] => [...createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).files];

/** The comment of an rpc or a value, in one line. */
export const commentOf = (of: DescMethod | DescEnumValue): string => (getComments(of).leading ?? '').replace(/\s+/g, ' ').trim();
