import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { SourceFile } from '#src/engine/contract.ts';
import { metricOf, realEngine } from '#test/support/engine.ts';
import { openMeasure, type Move, type Opened } from '#test/support/gaming/measure.ts';
import { realProjects } from '#test/support/gaming/projects.ts';
import { inLearnerEnglish, learnerMistakes } from '#test/support/learner-english.ts';

/** Points that no mistake may cost on any path of any project. */
const limit = 5;
const seeds = [1, 2];

const isDocument = ({ path }: SourceFile): boolean => /\.md$/i.test(path);

/** What the text says is the same in each, well and badly. */
const texts = {
  wellWritten: `This little program reads a file of sales and tells which products brought in most. Each line holds a name, a quantity and a price, separated by commas.

\`parse_line\` refuses a line instead of guessing, because a report with a wrong total is worse than no report. Blank lines are skipped, since most editors leave one at the end of the file. When the file is missing, \`read_lines\` gives an empty list: a day without sales is no error. \`best_sellers\` sorts the totals from large to small and cuts the list at the limit.`,
  shortOfArticles: `Program read file with sales and say which product bring more money. Every line have name, quantity and price, with comma between.

\`parse_line\` not accept bad line, because report with wrong total is more bad than no report. Empty lines we skip, many editors put one in end of file. If file is not exist, \`read_lines\` return empty list: day without sales is not error. \`best_sellers\` make sort of totals from big to small and cut list by limit.`,
  wordByWord: `This program is for make report of sales. It read the lines of file and it sum the amount for every product. In each line must be three fields: name, quantity and price. If is missing one field, \`parse_line\` throw \`InvalidLineError\`, so user can see what line is wrong. The same is when the quantity or price are negative or are not number. For the blank lines the program do nothing. \`total_by_product\` return dictionary where key is name of product and value is total. After, with \`best_sellers\` you can take the first products with more big totals, the limit is parameter. If the file of sales not exist, \`read_lines\` suppose that in this day nobody sell nothing.`,
};

/** The same in other languages, which are not read. */
const translations = [
  `Este programa lee un archivo de ventas y dice qué productos han dado más dinero. Cada línea tiene un nombre, una cantidad y un precio.

La función \`parse_line\` rechaza una línea en lugar de adivinar, porque un informe con un total equivocado es peor que ninguno. Cuando falta el archivo, \`read_lines\` devuelve una lista vacía.

- Las líneas en blanco se saltan.`,
  `Das Programm liest eine Datei mit Verkäufen und sagt, welche Produkte am meisten eingebracht haben. Jede Zeile hat einen Namen, eine Menge und einen Preis.

\`parse_line\` weist eine Zeile zurück, statt zu raten, weil ein Bericht mit falscher Summe schlimmer ist als keiner. Fehlt die Datei, so gibt \`read_lines\` eine leere Liste zurück.

- Leere Zeilen werden übersprungen.`,
  `Este programa lê um arquivo de vendas e diz quais produtos renderam mais dinheiro. Cada linha tem um nome, uma quantidade e um preço.

A função \`parse_line\` recusa uma linha em vez de adivinhar, porque um relatório com um total errado é pior do que nenhum. Quando falta o arquivo, \`read_lines\` devolve uma lista vazia.

- As linhas em branco são ignoradas.`,
  `这个程序读取销售文件，并告诉你哪些产品带来的收入最多。每一行包含名称、数量和价格，用逗号分隔。

\`parse_line\` 会拒绝错误的行而不是猜测，因为总数错误的报告比没有报告更糟。当文件不存在时，\`read_lines\` 返回空列表。

- 空行会被跳过。`,
  `Эта программа читает файл продаж и говорит, какие товары принесли больше всего денег. В каждой строке есть имя, количество и цена.

Функция \`parse_line\` отвергает строку, а не гадает, потому что отчёт с неверной суммой хуже, чем никакого. Если файла нет, \`read_lines\` возвращает пустой список.

- Пустые строки пропускаются.`,
];

const sales = readFileSync(
  new URL('../../fixtures/samples/python/good.py', import.meta.url),
  'utf8',
);

async function withReadme(text?: string, code = sales) {
  const run = await realEngine();
  return run({
    files: [
      { path: 'good.py', content: code },
      ...(text === undefined ? [] : [{ path: 'README.md', content: `# Sales\n\n${text}\n` }]),
    ],
  });
}

const pathOf = ({ path_scores }: Awaited<ReturnType<typeof withReadme>>, name: string) =>
  path_scores.find(({ path }) => path === name)?.overall_score ?? null;

describe('the English of other mother tongues', () => {
  const projects: Opened[] = [];
  let measure: Awaited<ReturnType<typeof openMeasure>>;

  before(async () => {
    measure = await openMeasure();
    projects.push(
      ...realProjects()
        .filter(({ files }) => files.some(isDocument))
        .map((project) => measure.open(project)),
    );
    assert.ok(projects.length >= 30, `${projects.length} projects`);
  });

  for (const kind of Object.keys(learnerMistakes))
    it(`costs at most five points on any path of any project: ${kind}`, () => {
      const lost = projects.flatMap((opened) =>
        seeds.flatMap((seed): Move[] => {
          const moves = measure.moves(opened, ({ files }) =>
            files.map((file) =>
              isDocument(file)
                ? { ...file, content: inLearnerEnglish(file.content, kind, seed) }
                : file,
            ),
          );
          const paths = Object.values(opened.before).filter((score) => score !== null);
          assert.equal(moves?.length, paths.length, `${opened.project.name} lost a path`);
          return moves ?? [];
        }),
      );
      assert.deepEqual(
        lost.filter(({ points }) => points < -limit),
        [],
      );
    });

  it('is worth no less than good English that says the same', async () => {
    const [well, ...others] = await Promise.all(
      Object.values(texts).map((text) => withReadme(text)),
    );
    assert.ok(well);
    for (const other of others)
      for (const path of ['communication', 'collaboration']) {
        const good: number = pathOf(well, path) ?? 0;
        const poor: number = pathOf(other, path) ?? 0;
        assert.ok(good >= 35 && poor >= good - 3, `${path} ${good} ${poor}`);
      }
  });
});

describe('prose in other languages than English', () => {
  it('is not read, which is said, and costs nothing', async () => {
    const without = await withReadme();
    for (const text of translations) {
      const result = await withReadme(text);
      assert.equal(pathOf(result, 'communication'), null);
      const { explanation } = metricOf(result, 'communication', 'clarity');
      assert.match(explanation, /\(passages in another language do not count\)/);
      const gained =
        (pathOf(result, 'collaboration') ?? 0) - (pathOf(without, 'collaboration') ?? 0);
      assert.ok(gained >= 0 && gained < 3, `${gained}`);
    }
  });

  it('may name what exists, and is not told to do so', async () => {
    for (const text of translations) {
      const result = await withReadme(text);
      const { evidence } = metricOf(result, 'collaboration', 'documentation');
      const [section] = evidence.filter(({ rule }) => rule.startsWith('readme_'));
      assert.match(
        section?.description ?? '',
        /^The README section "Sales".* names 2 things that exist here\.$/,
      );
      assert.ok(evidence.every(({ rule }) => rule !== 'no_readme'));
    }
  });

  it('is no reproach in a doc block', async () => {
    const says = [
      'Devuelve el nombre y la suma de una línea de las ventas, o un error cuando no se puede leer.',
      '返回产品名称和金额；当字段缺失或为负数时抛出错误，因为错误的总数比没有报告更糟。',
    ];
    for (const said of says) {
      const code = sales.replace(/"""Return product name[^"]*"""/, `"""${said}"""`);
      assert.notEqual(code, sales);
      const { evidence, explanation } = metricOf(
        await withReadme(undefined, code),
        'collaboration',
        'documentation',
      );
      const [note] = evidence.filter(({ description }) => description.startsWith('`parse_line`'));
      assert.equal(
        note?.description,
        '`parse_line` has a doc block in another language than English, which is not read.',
      );
      assert.equal(note?.rule, 'doc_block_not_read');
      assert.match(explanation, /, 1 one in another language, which is not read;/);
    }
  });
});
