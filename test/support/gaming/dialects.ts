import type { SourceFile } from '#src/engine/contract.ts';

/** How an attacker writes the same thing in one language. */
export interface Dialect {
  extension: string;
  /** A function that checks its input and does a little work. */
  guarded: (name: string, noun: string) => string;
  /** A function without faults and without checks. */
  clean: (name: string, noun: string) => string;
  /** A function that reads a file and is ready for its absence. */
  reads: (name: string, noun: string) => string;
  /** A function that calls another. */
  calls: (name: string, callee: string) => string;
  /** Code that is never run and calls a function. */
  never: (callee: string) => string;
  /** Wraps functions into a file of its own. */
  file: (functions: readonly string[], name: string) => string;
  log: (name: string) => string;
  /** A test file with one test a name that could hardly fail. */
  existence: (names: readonly string[]) => SourceFile;
  doc: (lines: readonly string[]) => string;
  comment: string;
  /** Opening and closing lines around a body; null where the language has no such handlers. */
  handler: [open: string, close: (name: string) => string] | null;
  twoTrivialImplementers: (noun: string) => string;
}

const plain = (functions: readonly string[]): string => `${functions.join('\n')}\n`;
const inClass =
  (open: (name: string) => string) =>
  (functions: readonly string[], name: string): string =>
    `${open(name)}\n${functions.join('\n').replaceAll(/^(?=.)/gm, '    ')}\n}\n`;
const slashDoc = (lines: readonly string[]): string =>
  `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */`;
const each =
  (mark: string) =>
  (lines: readonly string[]): string =>
    lines.map((line) => `${mark} ${line}`).join('\n');
const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const javascript: Dialect = {
  extension: 'js',
  guarded: (name, noun) =>
    `export function ${name}(${noun}, limit) {\n  if (${noun} === null) {\n    throw new TypeError('${noun} is missing');\n  }\n  if (limit < 0) {\n    throw new RangeError('limit is negative');\n  }\n  return ${noun}.slice(0, limit);\n}\n`,
  clean: (name, noun) =>
    `export function ${name}(${noun}, factor) {\n  const scaled = ${noun} * factor;\n  const rounded = Math.round(scaled);\n  return rounded;\n}\n`,
  reads: (name, noun) =>
    `export async function ${name}(${noun}) {\n  try {\n    return await fs.readFile(${noun}, 'utf8');\n  } catch (error) {\n    if (error.code !== 'ENOENT') throw error;\n    return '';\n  }\n}\n`,
  calls: (name, callee) =>
    `export function ${name}(value) {\n  if (value === undefined) {\n    throw new TypeError('value is missing');\n  }\n  return ${callee}(value, 2);\n}\n`,
  never: (callee) => `if (false) {\n  ${callee}(1);\n}\n`,
  file: (functions) => `import fs from 'node:fs/promises';\n\n${plain(functions)}`,
  log: (name) => `logger.info('entering ${name}');`,
  existence: (names) => ({
    path: 'test/existence.test.js',
    content: `import * as subject from '../index.js';\n\n${names
      .map(
        (name) =>
          `it('${name} is a function', () => {\n  expect(typeof subject.${name}).toBe('function');\n});\n`,
      )
      .join('\n')}`,
  }),
  doc: slashDoc,
  comment: '//',
  handler: [
    'try {',
    (name) =>
      `} catch (error) { if (error instanceof RangeError) throw new Error('${name} failed', { cause: error }); throw error; }`,
  ],
  twoTrivialImplementers: (noun) =>
    `export class ${upper(noun)}Base {\n  run() {\n    throw new Error('abstract');\n  }\n}\nexport class First${upper(noun)} extends ${upper(noun)}Base {\n  run() {\n    return 1;\n  }\n}\nexport class Second${upper(noun)} extends ${upper(noun)}Base {\n  run() {\n    return 2;\n  }\n}\n`,
};

const typescript: Dialect = {
  ...javascript,
  extension: 'ts',
  guarded: (name, noun) =>
    `export function ${name}(${noun}: string | null, limit: number): string {\n  if (${noun} === null) {\n    throw new TypeError('${noun} is missing');\n  }\n  if (limit < 0) {\n    throw new RangeError('limit is negative');\n  }\n  return ${noun}.slice(0, limit);\n}\n`,
  clean: (name, noun) =>
    `export function ${name}(${noun}: number, factor: number): number {\n  const scaled = ${noun} * factor;\n  const rounded = Math.round(scaled);\n  return rounded;\n}\n`,
  existence: (names) => ({ ...javascript.existence(names), path: 'test/existence.test.ts' }),
  twoTrivialImplementers: (noun) =>
    `export interface ${upper(noun)}Runner {\n  run(): number;\n}\nexport class First${upper(noun)} implements ${upper(noun)}Runner {\n  run(): number {\n    return 1;\n  }\n}\nexport class Second${upper(noun)} implements ${upper(noun)}Runner {\n  run(): number {\n    return 2;\n  }\n}\n`,
};

const python: Dialect = {
  extension: 'py',
  guarded: (name, noun) =>
    `def ${snake(name)}(${noun}, limit):\n    if ${noun} is None:\n        raise TypeError("${noun} is missing")\n    if limit < 0:\n        raise ValueError("limit is negative")\n    return ${noun}[:limit]\n\n`,
  clean: (name, noun) =>
    `def ${snake(name)}(${noun}, factor):\n    scaled = ${noun} * factor\n    rounded = round(scaled)\n    return rounded\n\n`,
  reads: (name, noun) =>
    `def ${snake(name)}(${noun}):\n    try:\n        with open(${noun}) as source:\n            return source.read()\n    except FileNotFoundError:\n        return ""\n\n`,
  calls: (name, callee) =>
    `def ${snake(name)}(value):\n    if value is None:\n        raise TypeError("value is missing")\n    return ${snake(callee)}(value, 2)\n\n`,
  never: (callee) => `if False:\n    ${snake(callee)}(1)\n`,
  file: plain,
  log: (name) => `logger.info("entering ${name}")`,
  existence: (names) => ({
    path: 'tests/test_existence.py',
    content: `import subject\n\n\n${names
      .map((name) => `def test_${name}_exists():\n    assert callable(subject.${name})\n`)
      .join('\n\n')}`,
  }),
  doc: (lines) => `"""${lines.join('\n')}"""`,
  comment: '#',
  handler: null,
  twoTrivialImplementers: (noun) =>
    `from abc import ABC, abstractmethod\n\n\nclass ${upper(noun)}Runner(ABC):\n    @abstractmethod\n    def run(self):\n        ...\n\n\nclass First${upper(noun)}(${upper(noun)}Runner):\n    def run(self):\n        return 1\n\n\nclass Second${upper(noun)}(${upper(noun)}Runner):\n    def run(self):\n        return 2\n`,
};

const java: Dialect = {
  extension: 'java',
  guarded: (name, noun) =>
    `public static String ${name}(String ${noun}, int limit) {\n    if (${noun} == null) {\n        throw new IllegalArgumentException("${noun} is missing");\n    }\n    if (limit < 0) {\n        throw new IllegalArgumentException("limit is negative");\n    }\n    return ${noun}.substring(0, limit);\n}\n`,
  clean: (name, noun) =>
    `public static long ${name}(double ${noun}, double factor) {\n    double scaled = ${noun} * factor;\n    long rounded = Math.round(scaled);\n    return rounded;\n}\n`,
  reads: (name, noun) =>
    `public static String ${name}(Path ${noun}) {\n    try {\n        return Files.readString(${noun});\n    } catch (NoSuchFileException missing) {\n        return "";\n    } catch (IOException failure) {\n        throw new UncheckedIOException(failure);\n    }\n}\n`,
  calls: (name, callee) =>
    `public static Object ${name}(String value) {\n    if (value == null) {\n        throw new IllegalArgumentException("value is missing");\n    }\n    return ${callee}(value, 2);\n}\n`,
  never: (callee) =>
    `public static void never() {\n    if (false) {\n        ${callee}("x");\n    }\n}\n`,
  file: inClass((name) => `import java.io.*;\nimport java.nio.file.*;\n\npublic class ${name}\n{`),
  log: (name) => `logger.info("entering ${name}");`,
  existence: (names) => ({
    path: 'ExistenceTest.java',
    content: `import org.junit.*;\nimport static org.junit.Assert.*;\n\npublic class ExistenceTest {\n${names
      .map(
        (name, index) =>
          `    @Test\n    public void test${index}Exists() {\n        assertNotNull(subject.${name}());\n    }\n`,
      )
      .join('\n')}}\n`,
  }),
  doc: slashDoc,
  comment: '//',
  handler: [
    'try {',
    (name) =>
      `} catch (IllegalStateException failure) { throw new IllegalArgumentException("${name} failed", failure); }`,
  ],
  twoTrivialImplementers: (noun) =>
    `interface ${upper(noun)}Runner {\n    int run();\n}\n\nclass First${upper(noun)} implements ${upper(noun)}Runner {\n    public int run() {\n        return 1;\n    }\n}\n\nclass Second${upper(noun)} implements ${upper(noun)}Runner {\n    public int run() {\n        return 2;\n    }\n}\n`,
};

const csharp: Dialect = {
  ...java,
  extension: 'cs',
  guarded: (name, noun) =>
    `public static string ${upper(name)}(string ${noun}, int limit)\n{\n    if (${noun} == null)\n    {\n        throw new ArgumentNullException(nameof(${noun}));\n    }\n    if (limit < 0)\n    {\n        throw new ArgumentOutOfRangeException(nameof(limit));\n    }\n    return ${noun}.Substring(0, limit);\n}\n`,
  clean: (name, noun) =>
    `public static double ${upper(name)}(double ${noun}, double factor)\n{\n    var scaled = ${noun} * factor;\n    var rounded = Math.Round(scaled);\n    return rounded;\n}\n`,
  reads: (name, noun) =>
    `public static string ${upper(name)}(string ${noun})\n{\n    try\n    {\n        return File.ReadAllText(${noun});\n    }\n    catch (FileNotFoundException)\n    {\n        return string.Empty;\n    }\n}\n`,
  calls: (name, callee) =>
    `public static object ${upper(name)}(string value)\n{\n    if (value == null)\n    {\n        throw new ArgumentNullException(nameof(value));\n    }\n    return ${upper(callee)}(value, 2);\n}\n`,
  never: (callee) =>
    `public static void Never()\n{\n    if (false)\n    {\n        ${upper(callee)}("x");\n    }\n}\n`,
  file: inClass((name) => `using System;\nusing System.IO;\n\npublic static class ${name}\n{`),
  log: (name) => `logger.LogInformation("entering ${name}");`,
  existence: (names) => ({
    path: 'tests/ExistenceTests.cs',
    content: `using Xunit;\n\npublic class ExistenceTests\n{\n${names
      .map(
        (name, index) =>
          `    [Fact]\n    public void Exists${index}()\n    {\n        Assert.NotNull(Subject.${name}());\n    }\n`,
      )
      .join('\n')}}\n`,
  }),
  doc: each('///'),
  handler: [
    'try {',
    (name) =>
      `} catch (InvalidOperationException failure) { throw new ArgumentException("${name} failed", failure); }`,
  ],
};

const go: Dialect = {
  extension: 'go',
  guarded: (name, noun) =>
    `func ${upper(name)}(${noun} []string, limit int) ([]string, error) {\n\tif ${noun} == nil {\n\t\treturn nil, errors.New("${noun} is missing")\n\t}\n\tif limit < 0 {\n\t\treturn nil, errors.New("limit is negative")\n\t}\n\treturn ${noun}[:limit], nil\n}\n`,
  clean: (name, noun) =>
    `func ${upper(name)}(${noun} float64, factor float64) float64 {\n\tscaled := ${noun} * factor\n\trounded := math.Round(scaled)\n\treturn rounded\n}\n`,
  reads: (name, noun) =>
    `func ${upper(name)}(${noun} string) ([]byte, error) {\n\tcontent, err := os.ReadFile(${noun})\n\tif errors.Is(err, os.ErrNotExist) {\n\t\treturn nil, nil\n\t}\n\tif err != nil {\n\t\treturn nil, fmt.Errorf("read %s: %w", ${noun}, err)\n\t}\n\treturn content, nil\n}\n`,
  calls: (name, callee) =>
    `func ${upper(name)}(value []string) ([]string, error) {\n\tif value == nil {\n\t\treturn nil, errors.New("value is missing")\n\t}\n\treturn ${upper(callee)}(value, 2)\n}\n`,
  never: (callee) => `func Never() {\n\tif false {\n\t\t${upper(callee)}(nil)\n\t}\n}\n`,
  file: (functions) =>
    `package padding\n\nimport (\n\t"errors"\n\t"fmt"\n\t"math"\n\t"os"\n)\n\n${plain(functions)}`,
  log: (name) => `logger.Info("entering ${name}")`,
  existence: (names) => ({
    path: 'existence_test.go',
    content: `package subject\n\nimport "testing"\n\n${names
      .map(
        (name, index) =>
          `func TestExists${index}(t *testing.T) {\n\tif ${name} == nil {\n\t\tt.Fatal("missing")\n\t}\n}\n`,
      )
      .join('\n')}`,
  }),
  doc: each('//'),
  comment: '//',
  handler: null,
  twoTrivialImplementers: (noun) =>
    `package padding\n\ntype ${upper(noun)}Runner interface {\n\tRun() int\n}\n\ntype First${upper(noun)} struct{}\n\nfunc (f First${upper(noun)}) Run() int {\n\treturn 1\n}\n\ntype Second${upper(noun)} struct{}\n\nfunc (s Second${upper(noun)}) Run() int {\n\treturn 2\n}\n`,
};

const rust: Dialect = {
  extension: 'rs',
  guarded: (name, noun) =>
    `pub fn ${snake(name)}(${noun}: Option<&str>, limit: i32) -> Result<String, String> {\n    if ${noun}.is_none() {\n        return Err("${noun} is missing".to_string());\n    }\n    if limit < 0 {\n        return Err("limit is negative".to_string());\n    }\n    Ok(${noun}.unwrap_or_default().chars().take(limit as usize).collect())\n}\n`,
  clean: (name, noun) =>
    `pub fn ${snake(name)}(${noun}: f64, factor: f64) -> f64 {\n    let scaled = ${noun} * factor;\n    let rounded = scaled.round();\n    rounded\n}\n`,
  reads: (name, noun) =>
    `pub fn ${snake(name)}(${noun}: &Path) -> Result<String, std::io::Error> {\n    match std::fs::read_to_string(${noun}) {\n        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),\n        other => other,\n    }\n}\n`,
  calls: (name, callee) =>
    `pub fn ${snake(name)}(value: Option<&str>) -> Result<String, String> {\n    if value.is_none() {\n        return Err("value is missing".to_string());\n    }\n    ${snake(callee)}(value, 2)\n}\n`,
  never: (callee) =>
    `pub fn never() {\n    if false {\n        let _ = ${snake(callee)}(None);\n    }\n}\n`,
  file: plain,
  log: (name) => `log::info!("entering ${name}");`,
  existence: (names) => ({
    path: 'tests/existence.rs',
    content: names
      .map(
        (name, index) =>
          `#[test]\nfn exists_${index}() {\n    assert!(subject::${name}().is_some());\n}\n`,
      )
      .join('\n'),
  }),
  doc: each('///'),
  comment: '//',
  handler: null,
  twoTrivialImplementers: (noun) =>
    `pub trait ${upper(noun)}Runner {\n    fn run(&self) -> i32;\n}\n\npub struct First${upper(noun)};\n\nimpl ${upper(noun)}Runner for First${upper(noun)} {\n    fn run(&self) -> i32 {\n        1\n    }\n}\n\npub struct Second${upper(noun)};\n\nimpl ${upper(noun)}Runner for Second${upper(noun)} {\n    fn run(&self) -> i32 {\n        2\n    }\n}\n`,
};

const cpp: Dialect = {
  extension: 'cpp',
  guarded: (name, noun) =>
    `std::string ${snake(name)}(const char *${noun}, int limit) {\n    if (${noun} == nullptr) {\n        throw std::invalid_argument("${noun} is missing");\n    }\n    if (limit < 0) {\n        throw std::out_of_range("limit is negative");\n    }\n    return std::string(${noun}).substr(0, limit);\n}\n`,
  clean: (name, noun) =>
    `double ${snake(name)}(double ${noun}, double factor) {\n    double scaled = ${noun} * factor;\n    double rounded = std::round(scaled);\n    return rounded;\n}\n`,
  reads: (name, noun) =>
    `std::string ${snake(name)}(const std::string &${noun}) {\n    try {\n        std::ifstream source(${noun});\n        return std::string(std::istreambuf_iterator<char>(source), {});\n    } catch (const std::ios_base::failure &failure) {\n        return "";\n    }\n}\n`,
  calls: (name, callee) =>
    `std::string ${snake(name)}(const char *value) {\n    if (value == nullptr) {\n        throw std::invalid_argument("value is missing");\n    }\n    return ${snake(callee)}(value, 2);\n}\n`,
  never: (callee) => `void never() {\n    if (false) {\n        ${snake(callee)}("x");\n    }\n}\n`,
  file: (functions) => `#include <fstream>\n#include <string>\n\n${plain(functions)}`,
  log: (name) => `logger.info("entering ${name}");`,
  existence: (names) => ({
    path: 'test/existence.cpp',
    content: names
      .map(
        (name, index) =>
          `TEST(Existence, Case${index}) {\n    ASSERT_TRUE(${name} != nullptr);\n}\n`,
      )
      .join('\n'),
  }),
  doc: slashDoc,
  comment: '//',
  handler: [
    'try {',
    (name) =>
      `} catch (const std::logic_error &failure) { throw std::runtime_error("${name} failed"); }`,
  ],
  twoTrivialImplementers: (noun) =>
    `class ${upper(noun)}Runner {\npublic:\n    virtual int run() = 0;\n};\n\nclass First${upper(noun)} : public ${upper(noun)}Runner {\npublic:\n    int run() override { return 1; }\n};\n\nclass Second${upper(noun)} : public ${upper(noun)}Runner {\npublic:\n    int run() override { return 2; }\n};\n`,
};

const php: Dialect = {
  extension: 'php',
  guarded: (name, noun) =>
    `function ${name}($${noun}, $limit)\n{\n    if ($${noun} === null) {\n        throw new InvalidArgumentException('${noun} is missing');\n    }\n    if ($limit < 0) {\n        throw new RangeException('limit is negative');\n    }\n    return substr($${noun}, 0, $limit);\n}\n`,
  clean: (name, noun) =>
    `function ${name}(float $${noun}, float $factor): float\n{\n    $scaled = $${noun} * $factor;\n    $rounded = round($scaled);\n    return $rounded;\n}\n`,
  reads: (name, noun) =>
    `function ${name}(string $${noun}): string\n{\n    try {\n        return file_get_contents($${noun});\n    } catch (ErrorException $failure) {\n        throw new RuntimeException('unreadable', 0, $failure);\n    }\n}\n`,
  calls: (name, callee) =>
    `function ${name}($value)\n{\n    if ($value === null) {\n        throw new InvalidArgumentException('value is missing');\n    }\n    return ${callee}($value, 2);\n}\n`,
  never: (callee) => `if (false) {\n    ${callee}(1);\n}\n`,
  file: (functions) => `<?php\n\n${plain(functions)}`,
  log: (name) => `$logger->info('entering ${name}');`,
  existence: (names) => ({
    path: 'tests/ExistenceTest.php',
    content: `<?php\n\nclass ExistenceTest extends TestCase\n{\n${names
      .map(
        (name, index) =>
          `    public function testExists${index}()\n    {\n        $this->assertNotNull($this->subject->${name}());\n    }\n`,
      )
      .join('\n')}}\n`,
  }),
  doc: slashDoc,
  comment: '//',
  handler: [
    'try {',
    (name) =>
      `} catch (LogicException $failure) { throw new RuntimeException('${name} failed', 0, $failure); }`,
  ],
  twoTrivialImplementers: (noun) =>
    `<?php\n\ninterface ${upper(noun)}Runner\n{\n    public function run(): int;\n}\n\nclass First${upper(noun)} implements ${upper(noun)}Runner\n{\n    public function run(): int\n    {\n        return 1;\n    }\n}\n\nclass Second${upper(noun)} implements ${upper(noun)}Runner\n{\n    public function run(): int\n    {\n        return 2;\n    }\n}\n`,
};

const ruby: Dialect = {
  extension: 'rb',
  guarded: (name, noun) =>
    `def ${snake(name)}(${noun}, limit)\n  raise ArgumentError, '${noun} is missing' if ${noun}.nil?\n  if limit < 0\n    raise RangeError, 'limit is negative'\n  end\n  ${noun}.take(limit)\nend\n`,
  clean: (name, noun) =>
    `def ${snake(name)}(${noun}, factor)\n  scaled = ${noun} * factor\n  rounded = scaled.round\n  rounded\nend\n`,
  reads: (name, noun) =>
    `def ${snake(name)}(${noun})\n  File.read(${noun})\nrescue Errno::ENOENT\n  ''\nend\n`,
  calls: (name, callee) =>
    `def ${snake(name)}(value)\n  raise ArgumentError, 'value is missing' if value.nil?\n\n  ${snake(callee)}(value, 2)\nend\n`,
  never: (callee) => `if false\n  ${snake(callee)}(1)\nend\n`,
  file: plain,
  log: (name) => `logger.info('entering ${name}')`,
  existence: (names) => ({
    path: 'spec/existence_spec.rb',
    content: names
      .map(
        (name) =>
          `it '${name} is there' do\n  expect(subject).to respond_to(:${name})\n  expect(subject.${name}).not_to be_nil\nend\n`,
      )
      .join('\n'),
  }),
  doc: each('#'),
  comment: '#',
  handler: null,
  twoTrivialImplementers: (noun) =>
    `class ${upper(noun)}Runner\n  def run\n    raise NotImplementedError\n  end\nend\n\nclass First${upper(noun)} < ${upper(noun)}Runner\n  def run\n    1\n  end\nend\n\nclass Second${upper(noun)} < ${upper(noun)}Runner\n  def run\n    2\n  end\nend\n`,
};

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Dialects by the engine's names of languages. */
export const attackDialects: Record<string, Dialect> = {
  javascript,
  typescript,
  python,
  java,
  csharp,
  go,
  rust,
  cpp,
  php,
  ruby,
};
