import assert from 'node:assert/strict';

import type { MetricScore } from '#src/engine/result-schema.ts';
import { metricOf, realEngine } from '#test/support/engine.ts';

/** A program of an interface with two types, in which `area` is worked out by `of`. */
const shapes = (side: string, more = ''): string => `interface Shape {
  double area();
}

class Square implements Shape {
  private final double side;

  Square(double side) {
    this.side = side;
  }

  public double area() {
    ${side}
  }
}

class Tile implements Shape {
  private final double side;

  Tile(double side) {
    this.side = side;
  }

  public double area() {
    ${side.replace('return ', 'return 2 * ')}
  }
}

public class Shapes {
  public static void main(String[] words) {
    double total = new Square(words.length).area() + new Tile(words.length).area();
    System.out.println(total);
  }

  static double of(double side) {
    if (side < 0) {
      return 0;
    }
    return side * side;
  }
${more}}
`;

const dead =
  '\n  static double twice(double side) {\n    double all = side + side;\n    return all;\n  }\n';

describe('what functions of a submission are to one another', () => {
  let judge: (content: string) => MetricScore;
  before(async () => {
    const run = await realEngine();
    judge = (content) =>
      metricOf(run({ files: [{ path: 'Shapes.java', content }] }), 'design', 'abstraction');
  });

  it('pays more where several call one than where each does it itself', () => {
    const shared = judge(shapes('return Shapes.of(side);'));
    const own = judge(shapes('return side < 0 ? 0 : side * side;'));
    assert.ok((shared.score ?? 0) > (own.score ?? 0));
    const told = shared.evidence.map(({ description }) => description).join('\n');
    assert.match(
      told,
      /2 functions are called by more than one other|1 function is called by more/,
    );
  });

  it('costs where nothing leads to one, which is told with its place', () => {
    const without = judge(shapes('return Shapes.of(side);'));
    const content = shapes('return Shapes.of(side);', dead);
    const found = judge(content);
    const item = found.evidence.find(({ rule }) => rule === 'dead_function');
    assert.ok((found.score ?? 0) < (without.score ?? 0));
    assert.ok((item?.points ?? 0) < 0);
    assert.match(
      item?.description ?? '',
      /^Nothing needs `twice`: nothing that starts the program/,
    );
    assert.match(content.split('\n')[(item?.start_line ?? 0) - 1] ?? '', /double twice/);
  });
});
