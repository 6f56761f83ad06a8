/** What people measure TypeScript with, each as a function that reads one text. */
import * as parser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import sonarjs from 'eslint-plugin-sonarjs';

/** @param {Record<string, unknown>} rules */
function linting(rules) {
  const linter = new Linter();
  const config = [{ files: ['**/*.ts'], plugins: { sonarjs }, languageOptions: { parser }, rules }];
  /** @param {string} text */
  return (text) => void linter.verify(text, config, { filename: 'file.ts' });
}

/** The rules that eslint-plugin-sonarjs recommends; those that ask for types have none here. */
export const sonarRecommended = linting(sonarjs.configs.recommended.rules);

/** Its two measures of complexity alone. */
export const sonarComplexity = linting({
  'sonarjs/cognitive-complexity': ['error', 15],
  'sonarjs/cyclomatic-complexity': ['error', { threshold: 10 }],
});
