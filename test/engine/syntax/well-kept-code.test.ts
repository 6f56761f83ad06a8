import assert from 'node:assert/strict';

import { realFacts } from '#test/support/engine.ts';

const fine: [what: string, path: string, lines: string[]][] = [
  [
    'an object handed out by a pointer',
    'a.cc',
    ['void make(Base **result, int n) {', '  *result = new Derived(n);', '}'],
  ],
  [
    'a member that a constructor makes',
    'a.cc',
    [
      'class A {',
      ' public:',
      '  A(int n) { cache_ = new Cache(n); }',
      '  ~A();',
      ' private:',
      '  Cache *cache_;',
      '};',
    ],
  ],
  [
    'a loop that counts a `size` down',
    'a.c',
    [
      'void cut(dict *d, unsigned long size, unsigned long count) {',
      '  while (size > count) {',
      '    drop(d);',
      '    size--;',
      '  }',
      '}',
    ],
  ],
  [
    'a macro as the step of a loop',
    'a.cc',
    ['void run(char *p, char *x) {', '  while (p != x) {', '    STEP1;', '  }', '}'],
  ],
  [
    'a copy into memory that was measured',
    'a.c',
    [
      'char *copy(const char *text) {',
      '  char *fresh = malloc(strlen(text) + 1);',
      '  if (fresh == NULL) return NULL;',
      '  strcpy(fresh, text);',
      '  return fresh;',
      '}',
    ],
  ],
  [
    'an array of pointers',
    'a.cc',
    [
      'Node* all(const int space) {',
      '  Node** list = new Node*[space];',
      '  int num = 0;',
      '  list[num++] = make(new Files(1));',
      '  Node* result = merge(list, num);',
      '  delete[] list;',
      '  return result;',
      '}',
    ],
  ],
  [
    'a stream that is disposed of later',
    'A.cs',
    [
      'class A {',
      '  async Task Write(string path) {',
      '    var stream = new FileStream(path, FileMode.Create);',
      '    await using (stream.ConfigureAwait(false))',
      '    {',
      '      await stream.WriteAsync(bytes);',
      '    }',
      '  }',
      '}',
    ],
  ],
  [
    'a field of a new object',
    'A.cs',
    [
      'class A {',
      '  Info Describe() {',
      '    return new Info { Name = Name, Type = kind };',
      '  }',
      '}',
    ],
  ],
  [
    'a reader that moves on',
    'A.cs',
    ['class A {', '  void Next() {', '    reader.Skip();', '  }', '}'],
  ],
  [
    'a number that a request gives',
    'A.cs',
    [
      'class FilesController : Controller {',
      '  public IActionResult Get([FromQuery] Guid id) {',
      '    return PhysicalFile(paths.Of(id), "image/jpeg");',
      '  }',
      '}',
    ],
  ],
  [
    'a file that a `with` closes',
    'a.py',
    [
      'def read(path, locked):',
      '    mode = "rb+" if locked else "rb"',
      '    f = open(path, mode)',
      '    with f:',
      '        return parse(f)',
    ],
  ],
  [
    'an `else` of more than one statement',
    'a.rb',
    [
      'def apply(word, rules)',
      '  result = word.dup',
      '  if word.empty?',
      '    result',
      '  else',
      '    rules.each { |one| one.change(result) }',
      '    result',
      '  end',
      'end',
    ],
  ],
  ['a program without a shell', 'a.rb', ['def there?(path)', '  system(path, "-v")', 'end']],
  [
    'a quoted argument of a shell',
    'a.php',
    ['<?php', 'function link_to($a) {', "  return exec('ls ' . escapeshellarg($a));", '}'],
  ],
  [
    'a page that writes what a call gives',
    'a.php',
    ['<p><?= htmlspecialchars($name) ?></p>', '<p><?= strtoupper($kind) ?></p>'],
  ],
  [
    'a page that is looked up by its name',
    'a.php',
    [
      '<?php',
      "$pages = ['home' => 'home.php', 'about' => 'about.php'];",
      "$page = $_GET['page'] ?? 'home';",
      "include __DIR__ . '/pages/' . ($pages[$page] ?? 'home.php');",
    ],
  ],
  [
    'a redirect to a record',
    'a.rb',
    [
      'class UsersController < ApplicationController',
      '  def create',
      '    @user = User.new(params.require(:user).permit(:name))',
      '    redirect_to @user',
      '  end',
      'end',
    ],
  ],
  [
    'an error that is looked at behind the loop',
    'a.go',
    [
      'package a',
      '',
      'func all(names []string) error {',
      '\tvar err error',
      '\tfor _, name := range names {',
      '\t\terr = load(name)',
      '\t\tif err != nil {',
      '\t\t\tbreak',
      '\t\t}',
      '\t}',
      '\treturn err',
      '}',
    ],
  ],
  [
    'a part of a list that is taken in a loop',
    'a.cc',
    [
      'void all(const std::vector<Text>& keys, Text start) {',
      '  for (const auto& key : keys) {',
      '    visit(Slice(start), key);',
      '  }',
      '}',
    ],
  ],
  [
    'a writer around one that was given',
    'A.java',
    [
      'class A {',
      '  void print(Writer out, String text) {',
      '    PrintWriter writer = new PrintWriter(out);',
      '    writer.println(text);',
      '    writer.flush();',
      '  }',
      '}',
    ],
  ],
];

describe('what well-kept code of other languages does', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;
  before(async () => {
    facts = await realFacts();
  });

  for (const [what, path, lines] of fine)
    it(`is no mistake: ${what}`, () => {
      const { smells } = facts(`src/${path}`, lines.join('\n'));
      assert.deepEqual(
        smells.filter(({ group }) => group !== 'hygiene').map(({ rule }) => rule),
        [],
      );
    });
});
