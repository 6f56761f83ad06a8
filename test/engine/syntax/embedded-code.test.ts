import assert from 'node:assert/strict';

import { pathOf, realEngine } from '#test/support/engine.ts';

const vue = `<script setup lang="ts">
import { ref } from 'vue';

const props = defineProps<{ prices: number[] }>();
const shown = ref(0);

function total(prices: number[]): number {
  let sum = 0;
  for (const price of prices) {
    if (price > 0) sum += price;
  }
  return sum;
}

function add(price: number): void {
  try {
    shown.value = total(props.prices) + price;
  } catch {
  }
}
</script>

<template>
  <p class="total">{{ total(prices) }}</p>
  <button @click="add(3)">Add</button>
</template>

<style scoped>
.total { color: red; }
</style>
`;

const cell = (type: string, source: string[]): object => ({
  cell_type: type,
  metadata: {},
  source,
});
const notebook = JSON.stringify(
  {
    cells: [
      cell('markdown', ['# Prices\n', 'def not_code(): of the notebook\n']),
      cell('code', ['%matplotlib inline\n', 'import csv\n']),
      cell('code', [
        'def total(rows):\n',
        '    sums = {}\n',
        '    for row in rows:\n',
        '        try:\n',
        '            name = row["name"]\n',
        '            sums[name] = sums.get(name, 0) + row["price"]\n',
        '        except:\n',
        '            pass\n',
        '    return sums\n',
      ]),
      cell('code', ['print(total(list(csv.DictReader(open("prices.csv")))))']),
    ],
    metadata: { kernelspec: { language: 'python' } },
  },
  null,
  1,
);

describe('code inside of other files', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const path of ['src/Total.vue', undefined]) {
    it(`is read in a Vue component, on its own lines (${path ?? 'no path'})`, () => {
      const result = run(path === undefined ? { code: vue } : { files: [{ path, content: vue }] });
      assert.deepEqual(
        result.languages.map(({ language }) => language),
        ['typescript'],
      );
      const swallowed = pathOf(result, 'technical')
        .metrics.flatMap(({ evidence }) => evidence)
        .find(({ start_line }) => start_line === 18);
      assert.ok(swallowed, 'the empty catch stands on line 18 of the file');
      assert.deepEqual(result.left_out, []);
    });
  }

  it('is read in a Svelte component', () => {
    const svelte = `<script>\n  export let prices = [];\n  function total(list) {\n    let sum = 0;\n    for (const price of list) {\n      sum += price;\n    }\n    return sum;\n  }\n</script>\n\n{#each prices as price}\n  <p on:click={() => total(prices)}>{price}</p>\n{/each}\n`;
    const [language] = run({ files: [{ path: 'a.svelte', content: svelte }] }).languages;
    assert.equal(language?.language, 'javascript');
  });

  it('is read in the code cells of a notebook, on the lines of the file', () => {
    const result = run({ files: [{ path: 'prices.ipynb', content: notebook }] });
    assert.equal(result.languages[0]?.language, 'python');
    const at = notebook.split('\n').findIndex((line) => line.includes('except:')) + 1;
    const found = pathOf(result, 'technical')
      .metrics.flatMap(({ evidence }) => evidence)
      .filter(({ rule }) => /except|swallow|empty/.test(rule));
    assert.ok(
      found.some(({ start_line }) => start_line === at),
      JSON.stringify(found.map(({ rule, start_line }) => [rule, start_line, at])),
    );
  });

  it('is missing in a template alone, which is said', () => {
    const result = run({
      files: [
        { path: 'Icon.vue', content: '<template>\n  <svg viewBox="0 0 1 1" />\n</template>\n' },
      ],
    });
    assert.equal(result.overall_score, null);
    assert.match(result.left_out?.[0]?.reason ?? '', /holds no code/);
  });
});
