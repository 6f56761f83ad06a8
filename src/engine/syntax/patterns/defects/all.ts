import type { Detector } from '../context.ts';
import { archiveDetectors } from './archive-defects.ts';
import { askedDetectors } from './asked-defects.ts';
import { asyncDetectors } from './async-defects.ts';
import { callbackDetectors } from './callback-defects.ts';
import { callDetectors } from './call-defects.ts';
import { captureDetectors } from './capture-defects.ts';
import { classDetectors } from './class-defects.ts';
import { comparisonDetectors } from './comparison-defects.ts';
import { concurrencyDetectors } from './concurrency-defects.ts';
import { cSlipDetectors } from './c-slip-defects.ts';
import { cppDetectors } from './cpp-defects.ts';
import { cryptoDetectors } from './crypto-defects.ts';
import { cutDetectors } from './cut-defects.ts';
import { effectDetectors } from './effect-defects.ts';
import { formatDetectors } from './format-defects.ts';
import { goFlowDetectors } from './go-flow-defects.ts';
import { goSlipDetectors } from './go-slip-defects.ts';
import { goDetectors } from './go-defects.ts';
import { injectionDetectors } from './injection-defects.ts';
import { misuseDetectors } from './misuse-defects.ts';
import { missingValueDetectors } from './missing-value-defects.ts';
import { lateDetectors } from './late-defects.ts';
import { logicDetectors } from './logic-defects.ts';
import { boundsDetectors } from './bounds-defects.ts';
import { lostDetectors } from './lost-defects.ts';
import { loopDetectors } from './loop-defects.ts';
import { managedDetectors } from './managed-defects.ts';
import { cLibraryDetectors } from './c-library-defects.ts';
import { memoryDetectors } from './memory-defects.ts';
import { numberDetectors } from './number-defects.ts';
import { operatorDetectors } from './operator-defects.ts';
import { orderDetectors } from './order-defects.ts';
import { ownershipDetectors } from './ownership-defects.ts';
import { pythonDetectors } from './python-defects.ts';
import { pythonSlipDetectors } from './python-slip-defects.ts';
import { queryDetectors } from './query-defects.ts';
import { reactDetectors } from './react-defects.ts';
import { reactListDetectors } from './react-list-defects.ts';
import { pythonObjectDetectors } from './python-object-defects.ts';
import { recursionDetectors } from './recursion-defects.ts';
import { resourceDetectors } from './resource-defects.ts';
import { returnDetectors } from './return-defects.ts';
import { scriptDetectors } from './script-defects.ts';
import { slipDetectors } from './slip-defects.ts';
import { typeDetectors } from './type-defects.ts';
import { valueDetectors } from './value-defects.ts';
import { webDetectors } from './web-defects.ts';

/** Every detector of small, well-known mistakes. */
export const defectDetectors: Detector[] = [
  ...asyncDetectors,
  ...logicDetectors,
  ...missingValueDetectors,
  ...loopDetectors,
  ...boundsDetectors,
  ...captureDetectors,
  ...valueDetectors,
  ...operatorDetectors,
  ...numberDetectors,
  ...recursionDetectors,
  ...memoryDetectors,
  ...cLibraryDetectors,
  ...managedDetectors,
  ...goDetectors,
  ...goFlowDetectors,
  ...formatDetectors,
  ...orderDetectors,
  ...typeDetectors,
  ...pythonDetectors,
  ...webDetectors,
  ...injectionDetectors,
  ...queryDetectors,
  ...cryptoDetectors,
  ...resourceDetectors,
  ...scriptDetectors,
  ...slipDetectors,
  ...reactDetectors,
  ...pythonSlipDetectors,
  ...ownershipDetectors,
  ...concurrencyDetectors,
  ...misuseDetectors,
  ...callbackDetectors,
  ...lateDetectors,
  ...classDetectors,
  ...effectDetectors,
  ...returnDetectors,
  ...archiveDetectors,
  ...comparisonDetectors,
  ...cppDetectors,
  ...cutDetectors,
  ...askedDetectors,
  ...goSlipDetectors,
  ...cSlipDetectors,
  ...lostDetectors,
  ...pythonObjectDetectors,
  ...reactListDetectors,
  ...callDetectors,
];
