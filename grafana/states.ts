import { colours } from './panel.ts';

/** For gauges that are 1 while all is well. */
export const upOrDown = {
  '0': { text: 'Down', colour: colours.critical },
  '1': { text: 'Up', colour: colours.ok },
};

export const readyOrNot = {
  '0': { text: 'Not ready', colour: colours.warning },
  '1': { text: 'Ready', colour: colours.ok },
};

export const alertStates = {
  '1': { text: 'Pending', colour: colours.warning },
  '2': { text: 'Firing', colour: colours.critical },
};
