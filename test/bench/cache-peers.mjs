/** The popular caches, set up as their documentation says, each as a maker of one that has nothing yet. */
import { createKeyv } from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { createCache } from 'cache-manager';
import { Cacheable, CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';

const TTL_MS = 300_000;

/** @param {{ url: string, ioredis: () => object }} redis */
export function makers({ url, ioredis }) {
  return {
    async bentocache() {
      const connection = ioredis();
      const store = bentostore()
        .useL1Layer(memoryDriver({ maxSize: '64mb', maxItems: 5000 }))
        .useL2Layer(redisDriver({ connection }));
      const cache = new BentoCache({ default: 'all', stores: { all: store } });
      return {
        get: (key, load) => cache.getOrSet({ key, ttl: TTL_MS, factory: load }),
        close: () => cache.disconnect(),
      };
    },
    async cacheable() {
      const secondary = createKeyv(url, { namespace: 'cacheable' });
      const cache = new Cacheable({ secondary, ttl: TTL_MS });
      return {
        get: (key, load) => cache.getOrSet(key, load, { ttl: TTL_MS }),
        close: () => cache.disconnect(),
      };
    },
    async 'cache-manager'() {
      const first = new Keyv({ store: new CacheableMemory({ ttl: TTL_MS, lruSize: 5000 }) });
      const second = createKeyv(url, { namespace: 'cache-manager' });
      const cache = createCache({ stores: [first, second], ttl: TTL_MS });
      return {
        get: (key, load) => cache.wrap(key, load),
        close: () => cache.disconnect(),
      };
    },
  };
}
