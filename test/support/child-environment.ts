/** What each process of a test inherits: where programs are, and where coverage and compiled code go. */
export const inherited: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
};
