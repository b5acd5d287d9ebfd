import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

import { boundaries } from './tools/workspace/boundaries.js';

const generated = ['libs/contracts/src/gen/'];
const tests = ['**/*.spec.ts', '**/*.fixture.ts', 'libs/testing/**', 'libs/*/src/testing/**', 'e2e/**', 'bench/**'];
/** Only the `config.ts` of an app reads the environment. */
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
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './tools/playground/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // A Nest module is an empty class. Options of Nest can be classes without instances.
      '@typescript-eslint/no-extraneous-class': ['error', { allowEmpty: true, allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // We count code points.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Destructuring removes properties: `const { removed, ...rest } = object`.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // A type parameter can relate the result to the arguments, even if only the result names it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      // Validation of texts looks for control characters.
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
    // A service writes to its log. It prints the reason for a failed start to stderr.
    rules: { 'no-console': ['error', { allow: ['error'] }] },
  },
  {
    files: ['**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@reputable/*/testing'], message: 'Only specs import this.' }] }] },
  },
  boundaries,
);
