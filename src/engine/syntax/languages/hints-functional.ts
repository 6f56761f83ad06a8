import type { Hint } from './hint.ts';

/** Functional languages, none of which is judged. */
export const functionalHints: Readonly<Record<string, readonly Hint[]>> = {
  haskell: [
    [/^[a-z][\w']*\s*::\s*\S/, 4],
    [
      /^(?:module\s+[A-Z][\w.]*\s*(?:\(.*|where.*)?|import\s+(?:qualified\s+)?[A-Z][\w.]*(?:\s+(?:as|hiding|qualified)\b.*|\s*\(.*)?)$/,
      3,
    ],
    [/^\s*(?:data|newtype)\s+[A-Z].*=|^\s*(?:instance|class)\s.*\bwhere\s*$|\bderiving\b/, 3],
    [
      /^\s*where\s*$|^\s+where\s+\w+|\bcase .* of\s*$|\bdo\s*$|\s<-\s|\bmapM_|\bforM_?|>>=|<\$>|<\*>|\s\.\s|\s\$\s/,
      1.5,
    ],
    [
      /^\s*\|\s+.*\s=\s|^\s*\|\s.*=\s*$|^(?!(?:const|let|var|int|bool|char|auto|double|float|string|local|final|val|type|export|static|def|if|for|while|return|public|private)\b)[a-z][\w']*(?:\s+[\w'_[\]():]+)+\s+=(?:\s.*)?(?<!;)$/,
      1.5,
    ],
    [/^\s*--\s|\{-#?|\\\w+\s*->/, 0.7],
  ],
  elixir: [
    [/^\s*defmodule\s+[\w.]+\s+do\s*$/, 5],
    [/^\s*(?:def|defp|defmacro|defimpl|defprotocol|defguard)\s+\w+[?!]?.*(?:\bdo\s*$|,\s*do:)/, 4],
    [
      /^\s*@(?:doc|moduledoc|spec|impl|behaviour|typedoc)\b|\|>\s*\w|\bfn\s+[\w, {}:%]*\s*->|(?<!&)&[1-9]\b|%\{|%\w+\{|~[a-z][{"(|/]|\biex>/,
      2.5,
    ],
    [/^\s*(?:use|alias|import|require)\s+[A-Z][\w.]*(?:,.*|\.\{.*)?\s*$/, 2],
    [
      /\b(?:IO|Enum|Mix|Application|GenServer|Logger)\.\w+[?!]?\(?|\bcond do\b|\bcase .* do\s*$|^\s*config :\w+/,
      2,
    ],
    [/\{:\w+,|^\s*:ok\s*$|^\s*\w+:\s.*,\s*$/, 0.5],
    [/^\s*end\s*$/, 0.8],
  ],
  ocaml: [
    [/^\s*let\s+rec\s|^\s*let\s+[\w']+(?:\s+[\w'():,~?]+)+\s*(?::\s*[\w' >-]+)?\s*=\s*$/, 2],
    [/\bmatch .* with\s*$|=\s*function\s*$|;;\s*$|\sin\s*$|^\s*\|\s.*->/, 2],
    [
      /\bList\.\w+\s|\bPrintf\.\w+|\bArray\.\w+\s|\(\*.*|^open [A-Z]\w*$|\bmodule\s+\w+\s*=\s*struct|\bbegin\s*$/,
      1.2,
    ],
    [/^\s*type\s+(?:'\w+\s+)\w+\s*=/, 1.5],
  ],
  fsharp: [
    [
      /^\s*let\s+(?:rec |inline |private )*[\w']+(?:\s+(?:\([^()]*\)|[\w'<>:]+))+\s*(?::[\w<> .[\]*-]+)?=\s*$/,
      2,
    ],
    [
      /\blet mutable\b|\|>\s|^\s*[\w.[\]]+\s<-\s|\belif .* then\s*$|\bfun \w.*->|\b(?:Seq|List|Array|Map|Option|Set)\.\w+\s|\w\.\[.*\]|\bprintfn? |\bsprintf "|\bfailwith\b/,
      2.5,
    ],
    [
      /^\s*open [A-Z][\w.]*\s*$|^\s*\|\s.*->|\bmatch .* with\s*$|\bif .* then\s*$|^\s*member\s+\w+\.\w+|^\s*module\s+[\w.]+\s*=\s*$|\[<\w+.*>\]/,
      1.8,
    ],
    [/^\s*let\s+\w+\s*(?::[\w<> .[\]*-]+)?=(?!.*[;{]\s*$)/, 1],
    [/^\s*type\s+\w+.*=\s*$|\bseq\s*\{|\blet!|\breturn!|\b\d+uy\b/, 1.5],
  ],
  clojure: [
    [
      /^\s*\((?:ns|defn-?|def|defmacro|deftest|let|require|if|when|cond|fn|loop|is|testing|doseq|->>?|defmulti|defprotocol|define|setq|defun|lambda)\s/,
      4,
    ],
    [/^\s*\(\s*[\w.*+!?<>=/-]+(?:\s|$)/, 1.2],
    [/\)\)\)+\s*$|^\s*;;|\(:\w+\s|#\(|\(recur\b/, 0.7],
  ],
  erlang: [
    [/^-(?:module|export|import|define|record|include|spec)\(?/, 5],
    [/^[a-z]\w*\(.*\)\s*(?:when .*)?->(?:\s|$)/, 4],
    [/\bio:format\(|\blists:\w+\(|\bend[.,;]\s*$|\bfun\(.*\)\s*->|^%%\s|\bmaps:\w+\(/, 2],
  ],
};
