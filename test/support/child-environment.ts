/**
 * What each process of a test inherits: where programs are, where coverage and compiled code go, and one thread for
 * the engine, since each takes two thirds of a second to start.
 */
export const inherited: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  MAX_CONCURRENT_ASSESSMENTS: '1',
};
