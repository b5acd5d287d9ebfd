/** The folder of the workspace. */
export declare const root: string;
/** The folder in which Node caches compiled modules. */
export declare const compileCache: string;
/** Builds the projects that have changed since the last build. Throws the errors of the compiler. */
export declare function ensureBuilt(): void;
