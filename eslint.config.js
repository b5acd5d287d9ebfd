import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

import { boundaries } from './tools/workspace/boundaries.js';

const generated = ['libs/contracts/src/gen/'];
const tests = ['**/*.spec.ts', 'libs/testing/**', 'libs/*/src/testing/**', 'e2e/**', 'bench/**'];
/** One `config.ts` an app reads the environment, and nobody else. */
const environmentReaders = ['**/config.ts', '**/*.config.ts', 'tools/**', 'e2e/**', 'bench/**'];

const environment = [
  'MemberExpression[object.name="process"][property.name="env"]',
  'ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name="env"]',
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/.data/', '**/.nx/', ...generated]),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  { files: ['**/*.js'], languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } } },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // A Nest module is a class with nothing in it, and options of Nest are classes that nobody instantiates.
      '@typescript-eslint/no-extraneous-class': ['error', { allowEmpty: true, allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Code points are what we count.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // What is taken out of an object to leave the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // They say what comes out of what goes in, also when only the result names them.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      // Texts are checked for control characters.
      'no-control-regex': 'off',
      'object-shorthand': 'error',
      'prefer-template': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    ignores: environmentReaders,
    rules: {
      'no-restricted-syntax': ['error', ...environment.map((selector) => ({ selector, message: 'Only config.ts reads the environment.' }))],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    // What a service has to say, it says in its log. Why it does not start, it says on stderr.
    rules: { 'no-console': ['error', { allow: ['error'] }] },
  },
  {
    files: ['**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@reputable/*/testing'], message: 'This is for tests.' }] }] },
  },
  boundaries,
);
