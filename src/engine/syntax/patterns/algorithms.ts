/** Algorithms, told by the steps of one function. */

/**
 * Told by the whole of one function: all steps, one after the other. Each needs its structure, so a
 * name alone never does. Steps are searched one by one, since one pattern with `[\s\S]*` between them
 * takes cubic time on a function that repeats its beginning.
 */
const bodies: [name: string, ...steps: RegExp[]][] = [
  [
    'binary_search',
    /\b(mid|middle)\w*\s*:?=\s*[^;\n]{0,200}?(\/\/?\s*2|>>>?\s*1|div_euclid)/g,
    /\b(low|lo|left|start|high|hi|right|end)\w*\s*=\s*\$?(mid|middle)/g,
  ],
  [
    'queue_bfs',
    // Until it is empty; `for` does that in Go alone, and goes over something elsewhere.
    /(?:\b(?:while|loop|until)\b[^\n]{0,200}\b|\bfor\s*\(?;?\s*!?(?:len\()?)\$?(?:queue|q|frontier|pending)\b/gi,
    /popleft|shift\(|pop\(0\)|poll\(|Dequeue|pop_front|array_shift|\.shift\b|\[0\]|front\(\)/gi,
    /append|push|push_back|add|offer|Enqueue|enqueue|<</gi,
  ],
  [
    'stack_dfs',
    // Until it is empty: a loop that compares with its top is another algorithm.
    /\b(?:while|until|for|loop)\b[\s(!]*(?:let Some\([^\n]{1,80}\) = )?!?(?:len\(|count\()?\$?(?:stack|todo)\b(?:\.\w+(?:\(\))?\??|\)|->\w+\(\))*(?:\s*(?:>|!==?)\s*0)?\s*\)?\s*[:{]?[^\S\n]*\n/g,
    /(pop|Pop|array_pop|pop_back|top)\b(?!\(0\))/g,
    /\b(?:for|foreach|if|each)\b/g,
    /\$?\b(?:stack|todo)\b(?:\.|->|\[\]\s*=|\s*<<|\s*\+=)(?:append|push|Push|push_back|extend|add|concat)?|push\w*\(\$?(?:stack|todo)\b|append\((?:stack|todo)\b/g,
  ],
  [
    'dynamic_programming',
    /\b(dp|table|memo|best|cost|ways)\w*(\[[^\]\n]{1,80}\]){1,3}\s*[+*]?=[^=\n]{0,200}?\b(dp|table|memo|best|cost|ways)\w*\[[^\]\n]{0,80}[-+]/g,
  ],
  [
    'two_pointers',
    /while\s*\(?\s*\$?(left|l|lo|i|start)\s*<=?\s*\$?(right|r|hi|j|end)\b/g,
    /\b(left|l|lo|i|start)\s*(\+=\s*1|\+\+)/g,
    /\b(right|r|hi|j|end)\s*(-=\s*1|--)/g,
  ],
  [
    'memoisation',
    /\b(cache|memo)\w*(\.(has|get|contains\w*|key\?|containsKey)\(|\[[^\]\n]{1,80}\])/g,
    /\breturn\b/g,
    /\b(cache|memo)\w*(\[[^\]\n]{1,80}\]\s*=|\.(set|put|insert)\()/g,
  ],
  [
    'retry',
    /(for|while|loop)\b[^\n]{0,200}\b(attempt|retr|tries)\w*/gi,
    /\b(catch|except|rescue|err\b)/gi,
  ],
];

/** Every step is found after the end of the one before. */
function follow(text: string, steps: readonly RegExp[]): boolean {
  let at = 0;
  return steps.every((step) => {
    step.lastIndex = at;
    const found = step.exec(text);
    at = step.lastIndex;
    return found !== null;
  });
}

/** What has the steps of one algorithm and is another. */
const others: Readonly<Record<string, RegExp>> = {
  /** By cost, or from the end that was filled last. */
  queue_bfs: /PriorityQueue|priority_queue|BinaryHeap|heap\w*\.?(push|Push)|push_front|addFirst/,
  /** Levels of a tree. */
  two_pointers: /\b(left|l|lo|i|start)\s*(\/=|>>=)/,
};

/** A cache's own `put` remembers nothing that it has computed. */
const filling = /^(put|set|add|insert|store|save|update)/i;

/** A stack without places to go to from each place holds operators, brackets or undone work. */
const places = /visit|seen|mark|child|neighbo|adj|left|right|explored|reach|edge|grid|row/i;

function isOther(idiom: string, name: string, body: string): boolean {
  if (idiom === 'memoisation') return filling.test(name);
  if (idiom === 'stack_dfs') return !places.test(body);
  return Object.hasOwn(others, idiom) && others[idiom]?.test(body) === true;
}

/** Words of which each algorithm needs one. */
const words =
  /\b(?:mid|dp|table|memo|best|cost|ways|cache|stack|todo)|\bwhile\b|queue|\bq\b|frontier|pending|attempt|retr|tries/gi;

/** Where the words of algorithms stand in a file, in order: a function without one is not searched for any. */
export function placesOfWords(source: string): Int32Array {
  return Int32Array.from(source.matchAll(words), ({ index }) => index);
}

/** @param body of a function, without comments and texts; @param name of the function */
export function algorithmsIn(body: string, name: string): string[] {
  const shown = bodies.flatMap(([idiom, ...steps]) =>
    follow(body, steps) && !isOther(idiom, name, body) ? [idiom] : [],
  );
  // In a binary search both ends move as well.
  return shown.includes('binary_search')
    ? shown.filter((idiom) => idiom !== 'two_pointers')
    : shown;
}
