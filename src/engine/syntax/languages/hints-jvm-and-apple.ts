import type { Hint } from './hint.ts';

/** Object-oriented languages that are not judged. */
export const objectHints: Readonly<Record<string, readonly Hint[]>> = {
  kotlin: [
    [
      /^\s*(?:(?:public|private|internal|protected|override|suspend|inline|operator|open|abstract|tailrec|actual|expect|infix)\s+)*fun\s+(?:<[^>]{1,60}>\s*)?[\w.<>?`]+\s*\(/,
      4,
    ],
    [/\b(?:val|var)\s+\w+\s*(?::\s*[A-Z][\w<>?, ]*)?\s*=(?!.*;\s*$)/, 1.5],
    [
      /^\s*(?:data|sealed|enum|inner|value|annotation) class\b|\bcompanion object\b|^\s*object\s+\w+\s*[:{]/,
      3,
    ],
    [
      /\bwhen\s*(?:\(|\{)|\?\.\w|\?:\s|!!(?:\.|\)|\s|$)|\bit\.\w+|\blateinit\b|\bmutable(?:List|Map|Set)Of\b|\b(?:listOf|mapOf|setOf|arrayOf|intArrayOf)\(|\.(?:also|let|apply|map|filter|forEach)\s*\{|\bdownTo\b/,
      1.5,
    ],
    [/:\s*(?:Int|Boolean|String|Long|Unit|ByteString|List<\w+>|IntArray)\??\s*(?:[,)={]|$)/, 1],
    [/^import (?:java|kotlin|kotlinx|org|com|okio)\.[\w.]+\s*$|^package [\w.]+\.[\w.]+$/, 1.5],
  ],
  swift: [
    [
      /^\s*(?:(?:public|private|internal|fileprivate|static|override|mutating|open|final|class|@\w+)\s+)*func\s+\w+\s*(?:<[^>]{1,60}>)?\s*\((?:\)|_ |\w+ ?\w*:)/,
      4,
    ],
    [
      /\bguard (?:let|var|case|!|\w).*|\bif let \w+|\bfor \w+ in .*\.\.[.<]|\.\.<|\bextension \w+.*\{|\bprotocol \w+.*\{|^\s*(?:public |convenience |required )*init\??\(|\bdeinit\b/,
      3,
    ],
    [
      /\blet \w+(?::\s*\[?[A-Z][\w<>\]?: ]*)?\s*=(?!.*;\s*$)|\bvar \w+\s*(?::\s*\[?[A-Z[][\w<>\]?: [\]]*)?(?:\s*=|\s*\{)(?!.*;\s*$)/,
      1.2,
    ],
    [
      /->\s*(?:\[?[A-Z]\w*\]?\??|\(.*\)|Void)\s*(?:\{|where|$)|\binout\b|\bfatalError\(|\btry[!?] |\bas[!?] |\\\(\w+|\bString\(describing/,
      1.2,
    ],
    [/^import (?:Foundation|UIKit|SwiftUI|XCTest|Combine|Darwin)\s*$|\bXCTAssert\w*\(|#if os\(/, 4],
    [/^\s*(?:if|while|switch|for)\s+[^({:]*\{\s*$/, 0.3],
  ],
  scala: [
    [
      /^\s*(?:(?:override|private|protected|final|implicit|inline)(?:\[\w+\])?\s+)*def\s+\w+\s*(?:\[[^\]]{1,60}\])?(?:\([^()]*\))*\s*(?::\s*[\w[\], ()=>.]+)?\s*=(?:\s|$)/,
      4,
    ],
    [
      /^\s*(?:case class|case object|sealed trait|object)\s+\w+|\bextends \w+(?:\[.*\])? with\b/,
      3.5,
    ],
    [/^\s*case\s+.*=>/, 1.2],
    [/\bval\s+\w+\s*(?::\s*[\w[\], ]+)?\s*=(?!.*;\s*$)/, 1.2],
    [
      /\b\w+ match\s*\{?$|\byield\b|\bfor\s*\(.*<-|\b(?:List|Seq|Array|Map|Option|Vector|Set)\[\w/,
      1.5,
    ],
    [/^import (?:scala|org|java|akka|cats)\.[\w.]+(?:\.\{.*\}|\._)?\s*$/, 2],
    [
      /\barray\(\w+\)|:\s*(?:Int|Boolean|String|Unit|Array\[\w+\])\s*[,)=]|^\s*test\(".*"\)\s*\{|\bshould "?|FunSuite|FlatSpec/,
      1,
    ],
  ],
  dart: [
    [/^(?:import|export) ['"](?:package|dart):/, 6],
    [
      /\b(?:Widget|BuildContext|StatelessWidget|StatefulWidget|Future<\w+>|setState\()\b|@override\b/,
      2.5,
    ],
    [/^\s*(?:late\s+)?final\s+\w+\s*=.*;/, 1.5],
    [
      /^\s*void main\(.*\)\s*(?:async\s*)?\{|\)\s*async\*?\s*\{|\bawait for\b|^\s*(?:test|group|setUp)\(.*\(\)\s*(?:async\s*)?\{\s*$|\bthrowsA\(|\bequals\(/,
      2.5,
    ],
    [
      /\brequired this\.|\bthis\.\w+[,)}]|\?\?=|^\s*\.\.\w+\(|<(?:int|String|double)>\[|\b(?:int|String|double)\? |^\s*expect\(.*\);/,
      2,
    ],
    [
      /^\s*(?:List|Map|Set)(?:<.*>)?\s+\w+\s*(?:=\s*(?:\[|\{|List|new List)|\()|(?<![.\w])print\(.*\);/,
      1.5,
    ],
    [
      /^\s*for \((?:var|int|final|\w+) \w+ in |\.(?:isEmpty|isNotEmpty|removeAt|length)\b(?!\()/,
      0.6,
    ],
    [/^\s*(?:int|double|bool|String|num|dynamic)\s+\w+\s*(?:=|;|\()/, 0.4],
  ],
  groovy: [
    [
      /^\s*(?:plugins|dependencies|repositories|task\s+\w+|pipeline|stage\(.*\)|steps|allprojects|subprojects)\s*\{/,
      4,
    ],
    [/^\s*(?:implementation|testImplementation|compile|apply plugin:)\s*\(?['"]?/, 3],
    [/^\s*def\s+\w+\s*=\s/, 1.5],
  ],
  objectivec: [
    [/^\s*@(?:interface|implementation|property|end|synthesize|selector)\b|^#import\b/, 6],
    [/^\s*[-+]\s*\(\s*[\w *<>]+\)\s*\w+/, 4],
    [/\[\[\w+ \w+\]|@"|\bNS[A-Z]\w+\s*\*/, 2],
  ],
  vb: [
    [
      /^\s*(?:Public |Private |Friend |Protected |Shared )*(?:Sub|Function|Module|Property)\s+\w+/,
      3,
    ],
    [/^\s*End\s+(?:Sub|Function|If|Module|Class|While|Select|Property|Try)\b/, 4],
    [
      /^\s*Dim\s+\w+|\bAs\s+(?:Integer|String|Boolean|Double|Object|New)\b|\bThen\s*$|^\s*(?:Next|Loop|Wend|ElseIf .*)\s*\w*$|^\s*Imports\s+\w|\bMsgBox\b/,
      3,
    ],
  ],
  solidity: [
    [/^\s*pragma solidity\b/, 20],
    [
      /^\s*contract\s+\w+|\b(?:uint256|msg\.sender|payable|calldata|emit \w+)\b|\bmapping\s*\(\w+ =>/,
      3,
    ],
  ],
};
