/** What is said to be checked where a library makes the check by what is declared for a value. */
import assert from 'node:assert/strict';
import { realFacts } from '#test/support/engine.ts';

const declared: [path: string, content: string, said: string[]][] = [
  [
    'A.java',
    'import jakarta.validation.constraints.*;\npublic class Request {\n  @NotBlank\n  @Size(max = 80)\n  private String title;\n  @Min(1) private int pages;\n  @NotNull private String isbn;\n  void find(@Positive int page, @Valid Book book) {}\n}\nrecord Search(@Email String mail, @Past LocalDate born) {}\n',
    [
      'size title, Request',
      'bounds pages, Request',
      'null isbn, Request, usual',
      'negative page, find',
      'other mail, Search',
      'bounds born, Search',
    ],
  ],
  [
    'A.cs',
    'using System.ComponentModel.DataAnnotations;\npublic class Book {\n  [Required, StringLength(80)]\n  public string Title { get; set; }\n  [Range(1, 9)]\n  public int Pages { get; set; }\n}\nclass Rules : AbstractValidator<Book> { public Rules() { RuleFor(x => x.Title).NotEmpty().MaximumLength(80); } }\n',
    ['size Title, Book', 'bounds Pages, Book', 'size Title, Rules'],
  ],
  [
    'a.dto.ts',
    "import { IsString, MaxLength, IsInt, Min } from 'class-validator';\nexport class BookDto {\n  @IsString()\n  @MaxLength(80)\n  title: string;\n\n  @IsInt() @Min(1)\n  pages: number;\n\n  constructor(@Inject() private books: Books) {}\n}\n",
    ['size title, BookDto', 'bounds pages, BookDto'],
  ],
  [
    'a.ts',
    "import { z } from 'zod';\nexport const book = z.object({ title: z.string().min(1).max(80), pages: z.number().int().positive(), note: z.string().describe('min') });\n",
    ['bounds title, book', 'negative pages, book', 'type note, book, usual'],
  ],
  [
    'a.js',
    "const { body } = require('express-validator');\nrouter.post('/', body('title').isLength({ max: 80 }), body('mail').isEmail(), body('note').notEmpty().withMessage('min'), create);\n",
    ['size title, ', 'other mail, ', 'empty note, , usual'],
  ],
  [
    'a.py',
    'from pydantic import BaseModel, Field, conint\n\nclass Book(BaseModel):\n    title: str = Field(..., min_length=1, description="max is 3")\n    pages: conint(gt=0)\n    isbn: str = Field(description="the number")\n    year: Annotated[int, Field(ge=1450)]\n',
    ['size title, Book', 'bounds pages, Book', 'bounds year, Book'],
  ],
  [
    'b.py',
    'from fastapi import Query\n\ndef find(text: str = Query(min_length=3), page: int = Query(1, ge=1), most: Annotated[int, Query(le=9)] = 3):\n    return page\n',
    ['size text, find', 'bounds page, find', 'bounds most, find'],
  ],
  [
    'a.go',
    'package a\n\ntype Book struct {\n\tTitle string `json:"title" binding:"required,max=80"`\n\tPages int `json:"pages" validate:"gte=1"`\n\tNote string `json:"note"`\n}\n',
    ['bounds Title, Book', 'bounds Pages, Book'],
  ],
  [
    'A.php',
    "<?php\nclass Posts { function store($request) { $data = $request->validate(['title' => 'required|max:255', 'body' => ['required', 'string']]); return json(['max' => 'required']); } }\nclass Save { public function rules() { return ['pages' => 'integer|min:1']; } }\n",
    ['bounds title, store', 'null body, store, usual', 'bounds pages, rules'],
  ],
  [
    'a.rb',
    'class Book < ApplicationRecord\n  validates :title, :body, presence: true, length: { maximum: 80 }\n  validates_presence_of :isbn\n  validates :pages, numericality: { greater_than: 0 }\nend\n',
    ['size title, Book', 'size body, Book', 'null isbn, Book, usual', 'bounds pages, Book'],
  ],
  // Words of a library that is not there.
  ['a.ts', 'export class Range { @Min(1)\n  from: number;\n}\n', []],
  ['a.py', 'class Range:\n    first = Field(gt=0)\n', []],
];

describe('a declared check', () => {
  let facts: Awaited<ReturnType<typeof realFacts>>;
  before(async () => {
    facts = await realFacts();
  });

  for (const [path, content, said] of declared)
    it(`is told in ${path}: ${said[0] ?? 'none'}`, () => {
      const told = facts(path, content).guards.map(
        ({ kind, subject, declaredIn = '', usual }) =>
          `${kind} ${subject}, ${declaredIn}${usual === true ? ', usual' : ''}`,
      );
      assert.deepEqual(told, said);
    });
});
