import type { DescExtension, DescFile } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';

/**
 * The faults of options that readers of the released contract would not find, such as that of the access rules: buf does not compare them.
 * One line each.
 */
export const optionFaults = (released: readonly DescFile[], files: readonly DescFile[]): string[] => {
  const current = new Map(optionsIn(files).map((option) => [option.typeName, option]));
  return optionsIn(released).flatMap((before) => {
    const now = current.get(before.typeName);
    if (!now) return [`proto/${before.file.name}.proto: the option ${before.typeName} is released, but was removed. Restore it.`];
    if (now.number === before.number) return [];
    const numbers = `has the number ${now.number}, but is released with ${before.number}`;
    return [`${placeOf(now)}: the option ${now.typeName} ${numbers}: readers of the released contract would not find it. Restore it.`];
  });
};

const optionsIn = (files: readonly DescFile[]): DescExtension[] =>
  files.flatMap((file) => [...nestedTypes(file)]).filter((type) => type.kind === 'extension');

/** The field number of `extension` in a FileDescriptorProto. */
const EXTENSION = 7;

/** The file of an option, with its line if no message contains the option. */
const placeOf = ({ file, proto }: DescExtension): string => {
  const path = [EXTENSION, file.proto.extension.indexOf(proto)].join();
  const span = file.proto.sourceCodeInfo?.location.find((location) => location.path.join() === path)?.span;
  return [`proto/${file.name}.proto`, ...(span?.[0] === undefined ? [] : [span[0] + 1])].join(':');
};
