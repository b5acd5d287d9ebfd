import ts from 'typescript';

/** The spellings of a service's name that templates need. */
export interface Names {
  /** As in `notification`: of the folder, the package, the certificate, the database. */
  readonly name: string;
  /** As in `Notification`. */
  readonly Name: string;
  /** As in `notifications`. */
  readonly names: string;
  /** As in `Notifications`. */
  readonly Names: string;
  /** As in `NOTIFICATION`. */
  readonly NAME: string;
}

const PATTERN = /^[a-z][a-z0-9]{1,23}$/;

/** The reserved words by language. The TypeScript compiler knows its own. */
const RESERVED: Readonly<Record<string, string>> = {
  'this workspace': `access all app authority data edge google graphql health launcher main migrate pki postgres provision renewal reputable root
    secrets service services system template0 template1 test testing workspace`,
  'generated code': `args caller client code column config controller database date entity error field injectable migration module mutation
    nestjs object page payload promise query reason repository request requests resolver rules typeorm wire`,
  'JavaScript modules': 'arguments eval exports global process require undefined',
  'Protocol Buffers': `bool bytes double enum extend fixed32 fixed64 float group int32 int64 map message oneof option optional package
    repeated required reserved returns rpc sfixed32 sfixed64 sint32 sint64 stream syntax uint32 uint64`,
  SQL: `all analyse analyze and any array as asc asymmetric authorization between binary bit both case cast check collate collation column
    concurrently constraint create cross default deferrable desc distinct do else end except exists extract false fetch for foreign freeze
    from full grant group having ilike in initially inner int integer intersect interval into is isnull join lateral leading left like limit
    localtime localtimestamp natural none not notnull null numeric offset on only or order outer overlaps placing primary references
    returning right row select session setof similar some symmetric table tablesample then time timestamp to trailing true union unique
    using values variadic verbose when where window with`,
};

/**
 * The spellings of a service's name.
 *
 * @throws {Error} in one line if no service can have that name
 */
export function namesOf(name: string): Names {
  if (!PATTERN.test(name)) {
    const similar = name.toLowerCase().replace(/[^a-z0-9]|^[^a-z]+/g, '');
    const hint = PATTERN.test(similar) ? ` Try ${similar}.` : '';
    throw new Error(`"${name}" is not a valid service name. Use 2 to 24 lower-case letters and digits, and begin with a letter.${hint}`);
  }
  const whose = reservedBy(name);
  if (whose !== undefined) throw new Error(`"${name}" is a reserved word in ${whose}. Choose another name.`);
  const names = pluralOf(name);
  return { name, Name: capital(name), names, Names: capital(names), NAME: name.toUpperCase() };
}

function reservedBy(name: string): string | undefined {
  const isWord = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, name).scan() === ts.SyntaxKind.Identifier;
  if (!isWord) return 'TypeScript';
  return Object.keys(RESERVED).find((whose) => RESERVED[whose]?.split(/\s+/).includes(name));
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** The English plural, right for most words. */
function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}
