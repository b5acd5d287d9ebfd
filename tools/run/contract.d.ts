/** The file with the digests, relative to the workspace. */
export declare const SUMS: string;
/** The content of {@link SUMS} for the files as they are: a line for each file, with its path and its digest. */
export declare function sumsOf(root: string): string;
/** What is not current, a line for each file; empty if everything is. */
export declare function staleness(root: string): readonly string[];
/** Ends this process with exit code 1 and one line for each fault if the generated code is not that of the contract. */
export declare function refuseStaleContract(root: string): void;
