/** Answers kept of one question, all of which are forgotten when there are more: 1 MB of code calls 5,000 names. */
const answersKept = 8_000;
/** Characters of a text whose answer is kept. */
const longest = 200;

/**
 * A question about a text, most often a name, with its answers remembered: names repeat within a submission and between
 * submissions. The answer must depend on the text alone.
 *
 * @param kept answers, where other texts than the names of calls are asked about
 */
export function memoize<Answer extends {} | null>(
  ask: (text: string) => Answer,
  kept = answersKept,
): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = ask(text);
    if (text.length > longest) return answer;
    if (answers.size >= kept) answers.clear();
    answers.set(ownCopy(text), answer);
    return answer;
  };
}

/** A part of a file keeps the whole of it in memory. */
function ownCopy(text: string): string {
  return `\n${text}`.slice(1);
}

/** Whether a text matches a pattern (which has no flag that keeps a place in a text). */
export function matching(pattern: RegExp): (text: string) => boolean {
  return memoize((text) => pattern.test(text));
}

interface Answers<Key, Answer> {
  get: (key: Key) => Answer | undefined;
  set: (key: Key, answer: Answer) => unknown;
}

function remembered<Key, Answer extends {} | null>(
  ask: (key: Key) => Answer,
  answers: Answers<Key, Answer>,
): (key: Key) => Answer {
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(key);
    answers.set(key, answer);
    return answer;
  };
}

/** A question about a submission, a file or a part of one, with its answer remembered for as long as that is kept. */
export function oncePerObject<Key extends object, Answer extends {}>(
  ask: (key: Key) => Answer,
): (key: Key) => Answer {
  return remembered(ask, new WeakMap<Key, Answer>());
}

/**
 * A question about a file, a function or a key with all of its answers remembered, for as long as the question is kept:
 * for one that is made anew for each submission.
 */
export function rememberAll<Key, Answer extends {} | null>(
  ask: (key: Key) => Answer,
): (key: Key) => Answer {
  return remembered(ask, new Map<Key, Answer>());
}
