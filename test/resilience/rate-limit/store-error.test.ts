import assert from 'node:assert/strict';
import { CircuitOpenError, DependencyError } from '#src/errors.ts';
import {
  isUncounted,
  storeErrorReason,
  storeErrorReasons,
  type StoreErrorReason,
} from '#src/resilience/rate-limit/store-error.ts';
import { RedisError } from '#src/storage/redis/errors.ts';

const reply = (text: string) =>
  new RedisError(Object.assign(new Error(text), { name: 'ReplyError' }));

const table: Record<StoreErrorReason, unknown[]> = {
  timeout: [
    new RedisError(new Error('Command timed out')),
    new DependencyError('redis', 'timeout', 'No answer within 50 ms.'),
  ],
  connection: [
    new RedisError(new Error('Connection is closed.')),
    new RedisError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
    new Error('in a transaction', { cause: new RedisError(new Error('Connection is closed.')) }),
  ],
  circuit_open: [new CircuitOpenError('redis_rate_limit', 'redis', 1)],
  readonly: [reply("READONLY You can't write against a read only replica.")],
  out_of_memory: [reply("OOM command not allowed when used memory > 'maxmemory'.")],
  reply: [reply('LOADING Redis is loading'), reply('ERR this key holds no window')],
  other: [
    new Error('connection timeout READONLY OOM'),
    Object.assign(new Error('x'), { code: 'CIRCUIT_OPEN' }),
    new TypeError('x is not a function'),
    'text',
    undefined,
  ],
};

describe('a request that Redis did not decide', () => {
  it('is certainly not counted where it was not sent, or Redis said so', () => {
    const refused = new RedisError(new Error('Not writeable'), { wasSent: false });
    const certain = [refused, ...table.circuit_open, ...table.readonly, ...table.out_of_memory];
    for (const error of certain) assert.ok(isUncounted(error), String(error));
    for (const error of [...table.timeout, ...table.connection, ...table.other]) {
      assert.ok(!isUncounted(error), String(error));
    }
  });
});

describe('why Redis did not decide', () => {
  for (const reason of storeErrorReasons) {
    it(`is read off the type: ${reason}`, () => {
      for (const error of table[reason])
        assert.equal(storeErrorReason(error), reason, String(error));
    });
  }
});
